import { STATUS_CODES } from 'node:http';

/** One thing that is wrong with an input. */
export interface ProblemIssue {
  /** Where, with dots: `milestones.0.amount`; empty for the whole input. */
  readonly path: string;
  /** Machine-readable kind, kebab-case. */
  readonly code: string;
  readonly message: string;
}

/** Members besides the standard ones of RFC 9457. */
export interface ProblemExtra {
  readonly issues?: readonly ProblemIssue[];
  readonly [member: string]: unknown;
}

/**
 * An answer that says why a request had no effect (RFC 9457). `detail` tells what was wrong, what did not change and
 * what to do.
 */
export class Problem extends Error {
  override readonly name = 'Problem';

  constructor(
    readonly status: number,
    /** kebab-case; the type is `urn:milepost:problem:<code>`. */
    readonly code: string,
    readonly detail: string,
    readonly extra: ProblemExtra = {},
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
  }
}

/** The JSON body of a problem. */
export function problemBody(problem: Problem, requestId: string): Record<string, unknown> {
  return {
    ...problem.extra,
    type: `urn:milepost:problem:${problem.code}`,
    title: STATUS_CODES[problem.status] ?? 'Error',
    status: problem.status,
    code: problem.code,
    detail: problem.detail,
    requestId,
  };
}

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';
