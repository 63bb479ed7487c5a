/** `milepost-verify`: checks a bundle, a proof, or that one checkpoint extends another, without the network. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EXIT_CODES, verifyBundle, verifyProof, type Outcome, type Report } from './bundle.js';
import { TreeHasher } from './hash.js';
import { verifyConsistency } from './verify.js';
import { parsePolicy, verifyCheckpoint, type Policy } from './policy.js';
import { TlogFormatError, fromBase64 } from './text.js';
import { nodeCrypto, sha256 } from './node.js';
import { nobleEthereum } from './secp256k1.js';
import type { Crypto } from './keys.js';

const HELP = `Usage: npm run verify -- FILE [--policy FILE] [--json]
       npm run verify -- FILE --since CHECKPOINT [--policy FILE] [--json]

FILE is a bundle (JSON, from the audit page's "Export"), a .tlog-proof, or - with --since - the answer of
/api/v1/log/consistency, which proves that its head extends the one you kept in CHECKPOINT.

The policy says which log key you trust. Get it once, from someone you trust, and keep it: it is never taken from
FILE. Without --policy, the file log/policy of the data folder is used (MILEPOST_DATA, or .milepost here).

Nothing is fetched. Exit codes: 0 good, 1 bad proof, 2 bad input, 3 policy not met.`;

const crypto: Crypto = { ...nodeCrypto, ethereum: nobleEthereum };

/** Runs the command. @returns the exit code */
export async function main(
  args: readonly string[],
  print: (line: string) => void,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        policy: { type: 'string' },
        since: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    const [file] = positionals;
    if (values.help === true || file === undefined || positionals.length > 1) {
      print(HELP);
      return values.help === true ? 0 : EXIT_CODES['bad-input'];
    }
    const policy = readPolicy(
      values.policy ?? join(environment['MILEPOST_DATA'] ?? '.milepost', 'log', 'policy'),
      values.policy !== undefined,
    );
    const text = read(file);
    const report =
      values.since !== undefined
        ? await consistency(policy, read(values.since), text)
        : text.startsWith('c2sp.org/tlog-proof@')
          ? await verifyProof(text, { crypto, policy })
          : await verifyBundle(text, { crypto, policy });
    if (values.json === true) print(JSON.stringify(report));
    else for (const line of describe(report)) print(line);
    return EXIT_CODES[report.outcome];
  } catch (error) {
    print(`Nothing was verified: ${error instanceof Error ? error.message : String(error)}`);
    return EXIT_CODES['bad-input'];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new TlogFormatError(`cannot read ${path}`);
  }
}

function readPolicy(path: string, given: boolean): Policy {
  try {
    return parsePolicy(sha256, read(path));
  } catch (error) {
    if (given) throw error;
    throw new TlogFormatError(
      `no usable policy at ${path}; name one with --policy FILE (${error instanceof Error ? error.message : ''})`,
    );
  }
}

/** The answer of `/log/consistency`: `{ from, to, proof, checkpoint }`. */
async function consistency(policy: Policy, kept: string, text: string): Promise<Report> {
  const failed = (outcome: Outcome, problem: string): Report => ({
    outcome,
    problems: [problem],
    head: null,
    entries: [],
  });
  const answer = parseAnswer(text);
  const before = await verifyCheckpoint(crypto, policy, kept);
  const after = await verifyCheckpoint(crypto, policy, answer.checkpoint);
  if (!before.ok) return failed(before.reason, `the kept checkpoint: ${before.problem}`);
  if (!after.ok) return failed(after.reason, after.problem);
  const { origin, size, root } = after.checkpoint;
  if (before.checkpoint.origin !== origin) return failed('bad-proof', 'the two checkpoints are of different logs');
  if (
    !verifyConsistency(new TreeHasher(sha256), before.checkpoint.size, size, answer.proof, before.checkpoint.root, root)
  ) {
    return failed(
      'bad-proof',
      `the head of size ${String(size)} does not extend the one of size ${String(before.checkpoint.size)}: the log was rewritten, or the proof is for other sizes`,
    );
  }
  return {
    outcome: 'good',
    problems: [],
    head: { origin, size: String(size), root: Buffer.from(root).toString('hex'), signedBy: after.signedBy },
    entries: [],
  };
}

function parseAnswer(text: string): { proof: Uint8Array[]; checkpoint: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new TlogFormatError('the consistency proof is not JSON');
  }
  if (
    typeof value !== 'object' ||
    value === null ||
    !('proof' in value) ||
    !('checkpoint' in value) ||
    !Array.isArray(value.proof) ||
    typeof value.checkpoint !== 'string'
  ) {
    throw new TlogFormatError('the consistency proof has no proof or no checkpoint');
  }
  return {
    proof: value.proof.map((hash: unknown) => fromBase64(typeof hash === 'string' ? hash : '!', 'a proof hash')),
    checkpoint: value.checkpoint,
  };
}

function describe(report: Report): string[] {
  const lines = report.problems.map((problem) => `  ${problem}`);
  const { head, entries } = report;
  if (report.outcome !== 'good') {
    return [
      { 'bad-proof': 'BAD PROOF', 'bad-input': 'BAD INPUT', 'policy-not-met': 'POLICY NOT MET', good: '' }[
        report.outcome
      ],
      ...lines,
    ];
  }
  return [
    `GOOD: ${entries.length === 0 ? 'the head extends the one you kept' : `${String(entries.length)} ${entries.length === 1 ? 'entry is' : 'entries are'} in the log, unchanged`}`,
    ...(head === null
      ? []
      : [
          `  log   ${head.origin}`,
          `  head  size ${head.size}, root ${head.root}`,
          ...head.signedBy.map((name) => `  signed by ${name}`),
        ]),
    ...entries.map(
      (entry) =>
        `  #${entry.index.padEnd(7)} ${new Date(entry.at).toISOString()}  ${entry.type.padEnd(22)} ${entry.subject.join(' ')}${entry.closed.length > 0 ? `  (not opened: ${entry.closed.join(', ')})` : ''}`,
    ),
    ...(entries.length === 0
      ? []
      : ['  This proves that these entries are in the log; not that no other entry exists.']),
  ];
}
