/** C2SP tlog-policy: which log one trusts, and which witnesses must have seen its head. Comes from the reader, never from the log. */
import type { Sha256 } from './hash.js';
import { describeKey, parseNote, parseVerifierKey, type VerifierKey } from './note.js';
import { parseCheckpoint, type Checkpoint } from './checkpoint.js';
import { kindOf, verifierOf, type Crypto } from './keys.js';
import { TlogFormatError, toHex, utf8 } from './text.js';

export interface Policy {
  readonly logs: readonly VerifierKey[];
  readonly witnesses: ReadonlyMap<string, VerifierKey>;
  readonly groups: ReadonlyMap<string, { readonly threshold: number; readonly members: readonly string[] }>;
  /** Name of a witness or group, or `none`. */
  readonly quorum: string;
}

/** @throws TlogFormatError naming the line */
export function parsePolicy(sha256: Sha256, text: string): Policy {
  const logs: VerifierKey[] = [];
  const witnesses = new Map<string, VerifierKey>();
  const groups = new Map<string, { threshold: number; members: string[] }>();
  const used = new Set<string>();
  const keys = new Set<string>();
  let quorum: string | undefined;
  text.split('\n').forEach((raw, i) => {
    const fail = (why: string): never => {
      throw new TlogFormatError(`policy line ${String(i + 1)}: ${why}`);
    };
    const [kind, ...items] = raw.split(/[ \t]+/).filter((item) => item !== '');
    if (kind === undefined || kind.startsWith('#')) return;
    const key = (item = ''): VerifierKey => {
      const parsed = readKey(sha256, item, fail);
      const identity = `${String(parsed.type)}:${toHex(parsed.publicKey)}`;
      if (keys.has(identity)) fail('this key is listed twice');
      keys.add(identity);
      return parsed;
    };
    const known = (name: string): boolean => witnesses.has(name) || groups.has(name);
    const free = (name: string | undefined): string =>
      name === undefined || name === 'none' || known(name) ? fail('a new name is needed here') : name;
    if (kind === 'log' && (items.length === 1 || items.length === 2)) {
      const log = key(items[0]);
      if (kindOf(log) === 'cosignature') fail('this is the key of a witness');
      logs.push(log);
    } else if (kind === 'witness' && (items.length === 2 || items.length === 3)) {
      const name = free(items[0]);
      const witness = key(items[1]);
      if (kindOf(witness) !== 'cosignature') fail('this is not the key of a witness');
      witnesses.set(name, witness);
    } else if (kind === 'group' && items.length >= 3) {
      const [name, rule = '', ...members] = items;
      members.forEach((member) => {
        if (!known(member)) fail(`${member} is not defined above`);
        if (used.has(member)) fail(`${member} is a member twice`);
        used.add(member);
      });
      const threshold =
        rule === 'all' ? members.length : rule === 'any' ? 1 : /^[1-9]\d*$/.test(rule) ? Number(rule) : 0;
      if (threshold < 1 || threshold > members.length) fail('the threshold is not between 1 and the number of members');
      groups.set(free(name), { threshold, members });
    } else if (kind === 'quorum' && items.length === 1) {
      const [name = ''] = items;
      if (quorum !== undefined) fail('a second quorum');
      if (name !== 'none' && !known(name)) fail(`${name} is not defined above`);
      quorum = name;
    } else {
      fail('expected log, witness, group or quorum');
    }
  });
  if (quorum === undefined) throw new TlogFormatError('the policy has no quorum line');
  return { logs, witnesses, groups, quorum };
}

function readKey(sha256: Sha256, item: string, fail: (why: string) => never): VerifierKey {
  try {
    const key = parseVerifierKey(sha256, item);
    kindOf(key);
    return key;
  } catch (error) {
    if (error instanceof TlogFormatError) return fail(error.message);
    throw error;
  }
}

/** A policy that asks for the log's own signatures only; it names the witnesses, for readers who want to ask for them too. */
export function formatLogPolicy(
  logKeys: readonly string[],
  witnesses: readonly { readonly url: string; readonly verifierKey: string }[] = [],
): string {
  const logs = logKeys.map((key) => `log ${key}\n`);
  const named = witnesses.map(({ url, verifierKey }, i) => `witness w${String(i + 1)} ${verifierKey} ${url}\n`);
  return `${logs.join('')}${named.join('')}quorum none\n`;
}

export type CheckpointOutcome =
  | { readonly ok: true; readonly checkpoint: Checkpoint; readonly signedBy: readonly string[] }
  | { readonly ok: false; readonly reason: 'bad-proof' | 'policy-not-met'; readonly problem: string };

/**
 * Verifies a signed checkpoint against a policy. Every key that the policy lists for the log's origin must have signed, so that
 * a head that the chain could not punish is not accepted; then the witnesses must meet the quorum.
 * @throws TlogFormatError if it is not a checkpoint
 */
export async function verifyCheckpoint(crypto: Crypto, policy: Policy, note: string): Promise<CheckpointOutcome> {
  const { text, signatures } = parseNote(note);
  const checkpoint = parseCheckpoint(text);
  const bytes = utf8(text);
  const seen = new Set<VerifierKey>();
  for (const key of [...policy.logs, ...policy.witnesses.values()]) {
    for (const signature of signatures.filter((line) => line.name === key.name && line.keyId === key.keyId)) {
      if (!(await verifierOf(crypto, key).verify(bytes, signature.signature))) {
        return {
          ok: false,
          reason: 'bad-proof',
          problem: `the checkpoint's signature by ${describeKey(key)} is wrong`,
        };
      }
      seen.add(key);
    }
  }
  const logKeys = policy.logs.filter((key) => key.name === checkpoint.origin);
  if (logKeys.length === 0)
    return { ok: false, reason: 'policy-not-met', problem: `your policy does not name the log ${checkpoint.origin}` };
  const missing = logKeys.find((key) => !seen.has(key));
  if (missing !== undefined)
    return {
      ok: false,
      reason: 'policy-not-met',
      problem: `the checkpoint lacks the signature by ${describeKey(missing)}`,
    };
  const met = (name: string): boolean => {
    const group = policy.groups.get(name);
    if (group !== undefined) return group.members.filter(met).length >= group.threshold;
    const witness = policy.witnesses.get(name);
    return witness !== undefined && seen.has(witness);
  };
  if (policy.quorum !== 'none' && !met(policy.quorum)) {
    return {
      ok: false,
      reason: 'policy-not-met',
      problem: `the witnesses that signed the checkpoint do not meet the quorum ${policy.quorum}`,
    };
  }
  return { ok: true, checkpoint, signedBy: [...seen].map(describeKey) };
}
