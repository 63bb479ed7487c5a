import { parseArgs } from 'node:util';
import type { INestApplicationContext } from '@nestjs/common';
import { isAddress, getAddress } from 'ethers';
import { Problem } from '../platform/http/index.js';
import { People } from '../modules/identity/index.js';
import { ERASURE_REASONS, Erasures, HOLD_REASONS, Holds } from '../modules/oversight/index.js';

export const AUDIT_HELP = `Usage: node backend/dist/cli/audit.js plan  PERSON
       node backend/dist/cli/audit.js erase PERSON --reason ${ERASURE_REASONS.join('|')}
       node backend/dist/cli/audit.js hold  PERSON --reason ${HOLD_REASONS.join('|')}
       node backend/dist/cli/audit.js lift  HOLD

PERSON is an id or a wallet address. "plan" shows what an erasure takes and what stays; "erase" cannot be undone.
Prints one JSON object. Exit codes: 0 done, 1 refused (the reason is printed), 2 the command is wrong.`;

const OPERATOR = { system: 'operator-cli' };
const SHOW = ['plan', 'erase', 'hold', 'lift'] as const;
type Command = (typeof SHOW)[number];

/** Runs one command of an operator. @returns the exit code */
export async function auditCommand(
  app: INestApplicationContext,
  args: readonly string[],
  print: (line: string) => void,
): Promise<number> {
  const request = read(args);
  if (request === null) {
    print(AUDIT_HELP);
    return 2;
  }
  try {
    print(JSON.stringify(await run(app, request), null, 2));
    return 0;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    print(`${error.code}: ${error.detail}`);
    return 1;
  }
}

interface Request {
  readonly command: Command;
  readonly target: string;
  readonly reason: string | undefined;
}

function read(args: readonly string[]): Request | null {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { reason: { type: 'string' } },
    });
    const [command, target] = positionals;
    const known = SHOW.find((name) => name === command);
    if (known === undefined || target === undefined || positionals.length !== 2) return null;
    return { command: known, target, reason: values.reason };
  } catch {
    return null;
  }
}

async function run(app: INestApplicationContext, { command, target, reason }: Request): Promise<unknown> {
  const holds = app.get(Holds, { strict: false });
  if (command === 'lift') return { holds: await holds.lift(OPERATOR, target) };
  const erasures = app.get(Erasures, { strict: false });
  const person = await personOf(app.get(People, { strict: false }), target);
  switch (command) {
    case 'plan':
      return { person, ...(await erasures.plan(person)) };
    case 'hold':
      return { holds: await holds.set(OPERATOR, person, oneOf(HOLD_REASONS, reason)) };
    case 'erase':
      return erasures.executeFor(OPERATOR, person, oneOf(ERASURE_REASONS, reason));
  }
}

function oneOf<T extends string>(known: readonly T[], reason: string | undefined): T {
  const found = known.find((item) => item === reason);
  if (found === undefined)
    throw new Problem(422, 'reason-missing', `Give --reason, one of ${known.join(', ')}; nothing was changed.`);
  return found;
}

async function personOf(people: People, target: string): Promise<string> {
  if (!isAddress(target)) {
    if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(target)) return target;
    throw new Problem(422, 'unknown-person', 'PERSON is neither an id nor a wallet address; nothing was changed.');
  }
  const person = (await people.byAddress([target])).get(getAddress(target));
  if (person === undefined)
    throw new Problem(404, 'unknown-person', 'Nobody has signed in with this address; nothing was changed.');
  return person.id;
}
