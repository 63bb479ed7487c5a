import { StandardSchemaValidationPipe } from '@nestjs/common';
import { Problem, type ProblemIssue } from './problem.js';

interface RawIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  readonly code?: unknown;
}

/** At most this many issues are listed. */
const LISTED = 50;

/** Validates whatever carries a `schema` (body, query, parameters) and answers 422 with each issue. */
export const createValidationPipe = (): StandardSchemaValidationPipe =>
  new StandardSchemaValidationPipe({
    exceptionFactory: (issues) => invalidInput((issues as readonly RawIssue[]).map(toIssue)),
  });

/** The 422 for inputs that break a rule. */
export function invalidInput(issues: readonly ProblemIssue[]): Problem {
  const [first] = issues;
  const where = first === undefined || first.path === '' ? 'The request' : first.path;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  return new Problem(
    422,
    'invalid-input',
    `${where}: ${first?.message ?? 'not valid'}${more}. Nothing was changed. Correct the listed fields and send it again.`,
    {
      issues: issues.slice(0, LISTED),
    },
  );
}

function toIssue(issue: RawIssue): ProblemIssue {
  const path = (issue.path ?? []).map((step) => String(typeof step === 'object' ? step.key : step)).join('.');
  const code = typeof issue.code === 'string' ? issue.code.replaceAll('_', '-') : 'invalid';
  return { path, code, message: issue.message };
}
