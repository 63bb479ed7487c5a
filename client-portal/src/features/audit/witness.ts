import { sha256 } from '@noble/hashes/sha2.js';
import { get, send } from '../../api/client';
import type { ConsistencyProof } from '../../api/types';
import { keep, recall } from '../../lib/store';
import type { Check } from '../../ui/ledger';
import {
  fromBase64,
  nobleEthereum,
  parsePolicy,
  toHex,
  TreeHasher,
  verifyCheckpoint,
  verifyConsistency,
  webCrypto,
  type Policy,
} from './tlog';

/**
 * This browser as a witness: it remembers the last signed head it saw and demands, at each visit, that the log only grew.
 * Whoever shows two visitors two histories, or takes one back, is caught by the visitors' own memory.
 */
export const crypto = webCrypto(sha256, nobleEthereum);
export const hasher = new TreeHasher(sha256);

interface SeenHead {
  note: string;
  size: string;
  root: string;
  at: string;
}

/** Two heads that cannot both be true: what to keep and to show around. */
export interface Conflict {
  before: string;
  now: string;
}

/** Where heads and keys come from; only `recall` and `keep` are believed. */
export interface HeadSources {
  policy: () => Promise<string>;
  consistency: (from: string, to: string) => Promise<ConsistencyProof>;
  /** The newest head, past every cache; asked when a head looks older than one that was seen. */
  fresh?: () => Promise<string>;
  recall: <T>(key: string) => Promise<T | undefined>;
  keep: (key: string, value: unknown) => Promise<void>;
}

/** @param options `past: 'cache'` asks the server itself */
export const logText = async (path: string, options: { past?: 'cache' } = {}): Promise<string> => {
  const query = options.past === 'cache' ? { now: String(Date.now()) } : {};
  return (await send('GET', path, { headers: { accept: 'text/plain, */*' }, query })).text();
};

export const liveHeadSources: HeadSources = {
  policy: () => logText('/log/policy'),
  consistency: (from, to) => get<ConsistencyProof>('/log/consistency', { query: { from, to } }),
  fresh: () => logText('/log/checkpoint', { past: 'cache' }),
  recall,
  keep,
};

/** The keys that this browser trusts for this origin: those it saw first. Changed keys are a failed check. */
export async function trustedPolicy(sources: HeadSources): Promise<{ policy: Policy; check: Check }> {
  const now = await sources.policy();
  const before = await sources.recall<string>('policy');
  if (before === undefined) await sources.keep('policy', now);
  const policy = parsePolicy(sha256, before ?? now);
  const names = policy.logs.map((key) => key.name);
  return before !== undefined && before !== now
    ? {
        policy,
        check: {
          key: 'keys',
          label: 'Keys of the log',
          state: 'bad',
          detail:
            'The log’s keys are not those that this browser saw first. The old ones are used for the checks below.',
        },
      }
    : {
        policy,
        check: {
          key: 'keys',
          label: 'Keys of the log',
          state: 'ok',
          detail:
            before === undefined
              ? `Seen for the first time and kept: ${names[0] ?? 'none'}.`
              : 'The same as when this browser saw the log first.',
        },
      };
}

export async function againstMemory(
  note: string,
  head: { size: bigint; root: string } | null,
  policy: Policy,
  sources: HeadSources,
): Promise<{ check: Check; conflict: Conflict | null }> {
  const label = 'The log extends what this browser saw before';
  if (!head)
    return {
      check: { key: 'memory', label, state: 'unknown', detail: 'There is no signed head to compare.' },
      conflict: null,
    };
  const key = `head:${policy.logs[0]?.name ?? ''}`;
  const seen = await sources.recall<SeenHead>(key);
  const save = () =>
    sources.keep(key, {
      note,
      size: head.size.toString(),
      root: head.root,
      at: new Date().toISOString(),
    } satisfies SeenHead);
  if (!seen) {
    await save();
    return {
      check: {
        key: 'memory',
        label,
        state: 'unknown',
        detail: 'First visit: this head is kept and compared from now on.',
      },
      conflict: null,
    };
  }
  const conflict = { before: seen.note, now: note };
  const before = BigInt(seen.size);
  if (head.size < before && (await isMerelyOld(head, { size: before, root: seen.root }, policy, sources)))
    return {
      check: {
        key: 'memory',
        label,
        state: 'ok',
        detail: `This answer is a moment old: the log has grown to ${seen.size} entries since, and extends it.`,
      },
      conflict: null,
    };
  if (head.size < before)
    return {
      check: {
        key: 'memory',
        label,
        state: 'bad',
        detail: `The log had ${seen.size} entries and now has ${head.size}: it was cut or replaced.`,
      },
      conflict,
    };
  const proof = await sources.consistency(seen.size, head.size.toString());
  const good = verifyConsistency(
    hasher,
    before,
    head.size,
    proof.proof.map((item) => fromBase64(item, 'a proof hash')),
    hexBytes(seen.root),
    hexBytes(head.root),
  );
  if (!good)
    return {
      check: {
        key: 'memory',
        label,
        state: 'bad',
        detail: 'The log was rewritten: it does not extend the head that this browser saw.',
      },
      conflict,
    };
  await save();
  return {
    check: {
      key: 'memory',
      label,
      state: 'ok',
      detail: `From ${seen.size} entries, seen ${new Date(seen.at).toLocaleString('en-GB')}, to ${head.size}.`,
    },
    conflict: null,
  };
}

export const hexBytes = (value: string): Uint8Array =>
  Uint8Array.from(value.replace(/^0x/, '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

/** Whether a smaller head comes from a cache or a slow answer: the newest one extends both it and what was seen. */
async function isMerelyOld(
  head: { size: bigint; root: string },
  seen: { size: bigint; root: string },
  policy: Policy,
  sources: HeadSources,
): Promise<boolean> {
  if (!sources.fresh) return false;
  const now = await verifyCheckpoint(crypto, policy, await sources.fresh());
  if (!now.ok || now.checkpoint.size < seen.size) return false;
  const { size, root } = now.checkpoint;
  for (const old of [head, seen]) {
    const { proof } = await sources.consistency(old.size.toString(), size.toString());
    const hashes = proof.map((item) => fromBase64(item, 'a proof hash'));
    if (!verifyConsistency(hasher, old.size, size, hashes, hexBytes(old.root), root)) return false;
  }
  return true;
}

/** What a visit found. */
export interface Watch {
  state: 'good' | 'first' | 'alarm';
  /** What is wrong, in words. */
  problems: string[];
  conflict: Conflict | null;
  size: string | null;
}

export interface WatchSources extends HeadSources {
  checkpoint: () => Promise<string>;
}

/** Looks at the newest head and compares it with what this browser saw. Throws only if the log cannot be asked. */
export async function watchHead(
  sources: WatchSources = { ...liveHeadSources, checkpoint: () => logText('/log/checkpoint') },
): Promise<Watch> {
  const [note, { policy, check: keys }] = await Promise.all([sources.checkpoint(), trustedPolicy(sources)]);
  const problems = keys.state === 'bad' ? [String(keys.detail)] : [];
  let verified: Awaited<ReturnType<typeof verifyCheckpoint>>;
  try {
    verified = await verifyCheckpoint(crypto, policy, note);
  } catch {
    verified = { ok: false, reason: 'bad-proof', problem: 'The log shows something that is no signed head.' };
  }
  if (!verified.ok) {
    problems.push(verified.problem);
    return { state: 'alarm', problems, conflict: null, size: null };
  }
  const { size, root } = verified.checkpoint;
  const memory = await againstMemory(note, { size, root: toHex(root) }, policy, sources);
  if (memory.check.state === 'bad') problems.push(String(memory.check.detail));
  const state = problems.length > 0 ? 'alarm' : memory.check.state === 'unknown' ? 'first' : 'good';
  return { state, problems, conflict: memory.conflict, size: size.toString() };
}
