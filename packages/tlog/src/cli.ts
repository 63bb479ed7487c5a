/** `milepost-verify`: checks a bundle, a proof, or that one checkpoint extends another, without the network. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EXIT_CODES, MODES, bundlePolicy, verifyBundle, verifyProof, type Outcome, type Report } from './bundle.js';
import { TreeHasher } from './hash.js';
import { verifyConsistency } from './verify.js';
import { parsePolicy, verifyCheckpoint, type Policy } from './policy.js';
import { TlogFormatError, fromBase64, toHex, utf8 } from './text.js';
import { nodeCrypto, sha256 } from './node.js';
import { nobleEthereum } from './secp256k1.js';
import type { Crypto } from './keys.js';

const help = (command: string): string => `Usage: ${command} [MODE] FILE [--policy FILE] [--fingerprint HEX] [--json]
       ${command} consistency FILE --since CHECKPOINT [--policy FILE] [--json]

FILE is a bundle (JSON, from the audit page's "Save the proof"), a .tlog-proof, or - for consistency - the answer of
/api/v1/log/consistency, which proves that its head extends the one you kept in CHECKPOINT.

MODE  all          everything that FILE allows (default)
      inclusion    each entry is in the signed log, unchanged
      payload      each private section opens and is what was committed to; an erased one fails
      replay       the project's state, worked out again from the entries, is what the service claims
      consistency  nothing before the kept checkpoint was rewritten

The policy says which keys you trust. Get it once, from someone you trust, and keep it: --policy names it, or
--fingerprint gives the SHA-256 of it (16 hex digits at least), and the keys in the bundle must have it. Without either, the file log/policy
of the data folder is used (MILEPOST_DATA, or .milepost here); without that, the keys that the bundle brings along, and the
answer says so: then the bundle is proven to agree with itself, but whose log it is stays open.

Nothing is fetched. Exit codes: 0 good, 1 bad proof, 2 bad input, 3 policy not met.`;

const crypto: Crypto = { ...nodeCrypto, ethereum: nobleEthereum };

/** Runs the command. @returns the exit code */
export async function main(
  args: readonly string[],
  print: (line: string) => void,
  environment: NodeJS.ProcessEnv = process.env,
  command = 'npm run verify --',
): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        policy: { type: 'string' },
        since: { type: 'string' },
        fingerprint: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    const named = [...MODES, 'consistency' as const].find((mode) => mode === positionals[0]);
    const [file, ...more] = named === undefined || positionals.length === 1 ? positionals : positionals.slice(1);
    if (values.help === true || file === undefined || more.length > 0) {
      print(help(command));
      return values.help === true ? 0 : EXIT_CODES['bad-input'];
    }
    if ((named === 'consistency') !== (values.since !== undefined) && named !== undefined)
      throw new TlogFormatError(
        'consistency is checked against the checkpoint that you kept: give --since with it, and only with it',
      );
    const text = read(file);
    const { policy, source } = trustOf(text, values.policy, values.fingerprint, environment);
    const report =
      values.since !== undefined
        ? await consistency(policy, read(values.since), text)
        : text.startsWith('c2sp.org/tlog-proof@')
          ? await verifyProof(text, { crypto, policy })
          : await verifyBundle(
              text,
              { crypto, policy },
              named === undefined || named === 'consistency' ? 'all' : named,
            );
    if (values.json === true) print(JSON.stringify({ ...report, keys: source }));
    else for (const line of [...describe(report, values.since !== undefined), ...describeKeys(source)]) print(line);
    return EXIT_CODES[report.outcome];
  } catch (error) {
    if (error instanceof WrongKeys) {
      print(`POLICY NOT MET\n  ${error.message}`);
      return EXIT_CODES['policy-not-met'];
    }
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

/** Where the keys come from: `given` by the reader, or `bundle`, which proves less. */
interface KeySource {
  readonly from: 'given' | 'data-folder' | 'bundle';
  /** SHA-256 of the policy. */
  readonly fingerprint: string;
}

/** @throws TlogFormatError without usable keys, or if they do not have the fingerprint */
function trustOf(
  text: string,
  file: string | undefined,
  wanted: string | undefined,
  environment: NodeJS.ProcessEnv,
): { policy: Policy; source: KeySource } {
  const use = (policyText: string, from: KeySource['from']): { policy: Policy; source: KeySource } => {
    const fingerprint = toHex(sha256(utf8(policyText)));
    const digits = wanted?.toLowerCase().replace(/^sha256:/, '');
    if (digits !== undefined && !/^[0-9a-f]{16,64}$/.test(digits))
      throw new TlogFormatError('a fingerprint has 16 to 64 hex digits');
    if (digits !== undefined && !fingerprint.startsWith(digits))
      throw new WrongKeys(`the keys have the fingerprint ${fingerprint}, not the one you gave`);
    return {
      policy: parsePolicy(sha256, policyText),
      source: { from: digits === undefined ? from : 'given', fingerprint },
    };
  };
  if (file !== undefined) return use(read(file), 'given');
  const standard = join(environment['MILEPOST_DATA'] ?? '.milepost', 'log', 'policy');
  if (wanted === undefined && existsSync(standard)) return use(read(standard), 'data-folder');
  const own = text.trimStart().startsWith('{') ? bundlePolicy(text) : undefined;
  if (own === undefined) throw new TlogFormatError(`no usable policy at ${standard}; name one with --policy FILE`);
  return use(own, 'bundle');
}

/** The keys are not those that the reader asked for. */
class WrongKeys extends Error {}

function describeKeys({ from, fingerprint }: KeySource): string[] {
  return from === 'bundle'
    ? [
        `  KEYS NOT PINNED: they came with the bundle (fingerprint ${fingerprint.slice(0, 16)}). Compare this with what others have,`,
        `  then say --fingerprint ${fingerprint.slice(0, 16)} or --policy FILE.`,
      ]
    : [];
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

function describe(report: Report, isConsistency: boolean): string[] {
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
    `GOOD: ${isConsistency ? 'the head extends the one you kept' : `${String(entries.length)} ${entries.length === 1 ? 'entry is' : 'entries are'} in the log, unchanged`}`,
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
    ...(report.replay == null
      ? []
      : [
          `  replayed ${String(report.replay.facts)} chain facts: no rule is broken, and the claimed state follows from them`,
        ]),
    ...(entries.length === 0
      ? []
      : ['  This proves that these entries are in the log; not that no other entry exists.']),
  ];
}
