import {
  fromBase64,
  parsePolicy,
  toHex,
  TreeHasher,
  utf8,
  verifyBundle,
  verifyCheckpoint,
  verifyConsistency,
  verifyProof,
  webCrypto,
  nobleEthereum,
  type Bundle,
  type Checkpoint,
  type Policy,
  type Report,
} from './tlog';
import { sha256 } from '@noble/hashes/sha2.js';
import { ApiError, get, send } from '../../api/client';
import type { AuditEvent, ConsistencyProof, Page } from '../../api/types';
import { plural } from '../../lib/time';
import type { AnchoredHead } from '../../chain/anchor';
import { keep, recall } from '../../lib/store';
import type { Check } from '../../ui/ledger';

/**
 * Verification in this browser. Nothing is taken from the server on trust: leaf hashes, inclusion,
 * signatures and consistency are recomputed, and the head is compared with what this browser saw
 * before and with what the chain holds.
 */
const crypto = webCrypto(sha256, nobleEthereum);
const hasher = new TreeHasher(sha256);

interface SeenHead {
  note: string;
  size: string;
  root: string;
  at: string;
}

/** Where the check gets its material from; only `recall` and `keep` are believed. */
export interface Sources {
  events: (project: string) => Promise<AuditEvent[]>;
  bundle: (project: string) => Promise<Bundle>;
  policy: () => Promise<string>;
  consistency: (from: string, to: string) => Promise<ConsistencyProof>;
  anchored: () => Promise<AnchoredHead | null>;
  recall: <T>(key: string) => Promise<T | undefined>;
  keep: (key: string, value: unknown) => Promise<void>;
}

const text = async (path: string): Promise<string> =>
  (await send('GET', path, { headers: { accept: 'text/plain, */*' } })).text();
const hex = (bytes: Uint8Array): string => toHex(bytes);

export interface TrailResult {
  checks: Check[];
  /** Events whose row does not match the log, by id. */
  badRows: ReadonlySet<string>;
  good: boolean;
  /** Both heads when the log forked: what to keep and to show around. */
  conflict: { before: string; now: string } | null;
  size: string | null;
  events: number;
}

/** All of a project's events, page by page. */
async function allEvents(project: string): Promise<AuditEvent[]> {
  const out: AuditEvent[] = [];
  let cursor: string | undefined;
  do {
    const page: Page<AuditEvent> = await get<Page<AuditEvent>>('/audit/events', { query: { project, cursor } });
    out.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor);
  return out;
}

/** The API, this browser's memory and the chain. */
export const liveSources: Sources = {
  events: allEvents,
  bundle: (project) => get<Bundle>(`/audit/export/${project}`),
  policy: () => text('/log/policy'),
  consistency: (from, to) => get<ConsistencyProof>('/log/consistency', { query: { from, to } }),
  anchored: async () => (await import('../../chain/anchor')).anchoredHead(),
  recall,
  keep,
};

/** The keys that this browser trusts for this origin: those it saw first. Changed keys are a failed check. */
async function trustedPolicy(sources: Sources): Promise<{ policy: Policy; check: Check }> {
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

/** Recomputes a project's whole trail. `onChecks` gets the list as it grows. */
export async function verifyTrail(
  project: string,
  onChecks: (checks: Check[]) => void,
  sources: Sources = liveSources,
): Promise<TrailResult> {
  const checks: Check[] = [];
  const add = (check: Check) => {
    checks.push(check);
    onChecks([...checks]);
  };
  const badRows = new Set<string>();
  const [events, { policy, check }] = await Promise.all([sources.events(project), trustedPolicy(sources)]);
  add(check);
  const bundle = await sources.bundle(project);
  const report = await verifyBundle(bundle, { crypto, policy });
  add(signatureCheck(report));
  add({
    key: 'inclusion',
    label: 'Every entry is in the log, unchanged',
    state: report.outcome === 'good' && report.entries.length > 0 ? 'ok' : 'bad',
    detail:
      report.problems.length > 0
        ? report.problems.slice(0, 5).join('; ')
        : `${plural(report.entries.length, 'entry', 'entries')} hashed and proven against the signed head of ${report.head?.size ?? '?'} entries.`,
  });
  add(compareRows(events, bundle, badRows));
  const head = report.head ? { size: BigInt(report.head.size), root: report.head.root } : null;
  const memory = await againstMemory(bundle.checkpoint, head, policy, sources);
  add(memory.check);
  add(await againstChain(head, sources));
  return {
    checks,
    badRows,
    good: checks.every((item) => item.state !== 'bad'),
    conflict: memory.conflict,
    size: report.head?.size ?? null,
    events: report.entries.length,
  };
}

function signatureCheck(report: Report): Check {
  return report.head
    ? {
        key: 'signature',
        label: 'The head of the log is signed',
        state: 'ok',
        detail: `Signed by the log’s ${report.head.signedBy.length === 1 ? 'key' : 'keys'} ${report.head.signedBy.map((name) => name.split(' ').pop()).join(' and ')}.`,
      }
    : { key: 'signature', label: 'The head of the log is signed', state: 'bad', detail: report.problems.join('; ') };
}

/** The rows on the page must be the proven entries: each row's hash is that of the entry with its id. */
function compareRows(events: readonly AuditEvent[], bundle: Bundle, badRows: Set<string>): Check {
  const proven = new Map<string, string>();
  for (const entry of bundle.entries) {
    const id = (JSON.parse(entry.header) as { id: string }).id;
    proven.set(id, `0x${hex(hasher.leaf(utf8(entry.header)))}`);
  }
  let waiting = 0;
  for (const event of events) {
    const leaf = proven.get(event.id);
    if (leaf === undefined) {
      // Rows of the last second may not be under a signed head yet; older ones must be.
      if (event.index === null) waiting += 1;
      else if (BigInt(event.index) < BigInt(headSize(bundle))) badRows.add(event.id);
      else waiting += 1;
    } else if (leaf.toLowerCase() !== event.leafHash.toLowerCase()) badRows.add(event.id);
  }
  const hidden = [...proven.keys()].filter((id) => !events.some((event) => event.id === id));
  if (badRows.size > 0)
    return {
      key: 'rows',
      label: 'The rows on this page are those entries',
      state: 'bad',
      detail: `${plural(badRows.size, 'row')} on this page do not match the log; they are marked.`,
    };
  if (hidden.length > 0)
    return {
      key: 'rows',
      label: 'The rows on this page are those entries',
      state: 'bad',
      detail: `${plural(hidden.length, 'entry', 'entries')} of the log are not shown on this page.`,
    };
  return {
    key: 'rows',
    label: 'The rows on this page are those entries',
    state: 'ok',
    detail:
      waiting > 0
        ? `${plural(waiting, 'row')} of the last moments are not under a signed head yet.`
        : `All ${events.length} rows match.`,
  };
}

const headSize = (bundle: Bundle): string => bundle.checkpoint.split('\n')[1] ?? '0';

async function againstMemory(
  note: string,
  head: { size: bigint; root: string } | null,
  policy: Policy,
  sources: Sources,
): Promise<{ check: Check; conflict: TrailResult['conflict'] }> {
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
    bytes(seen.root),
    bytes(head.root),
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

const bytes = (value: string): Uint8Array =>
  Uint8Array.from(value.replace(/^0x/, '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

async function againstChain(head: { size: bigint; root: string } | null, sources: Sources): Promise<Check> {
  const label = 'The log extends the head that the chain holds';
  if (!head) return { key: 'chain', label, state: 'unknown', detail: 'There is no signed head to compare.' };
  try {
    const anchored = await sources.anchored();
    if (!anchored)
      return {
        key: 'chain',
        label,
        state: 'unknown',
        detail: 'No head is on chain yet; heads are written there at intervals.',
      };
    if (anchored.frozen)
      return {
        key: 'chain',
        label,
        state: 'bad',
        detail: 'The contract is frozen: somebody proved that this log was rewritten.',
      };
    if (anchored.size > head.size)
      return {
        key: 'chain',
        label,
        state: 'bad',
        detail: `The chain holds ${anchored.size} entries, the log shows only ${head.size}.`,
      };
    const proof = await sources.consistency(anchored.size.toString(), head.size.toString());
    const good = verifyConsistency(
      hasher,
      anchored.size,
      head.size,
      proof.proof.map((item) => fromBase64(item, 'a proof hash')),
      bytes(anchored.root),
      bytes(head.root),
    );
    return good
      ? { key: 'chain', label, state: 'ok', detail: `${anchored.size} entries were anchored; the log only grew since.` }
      : { key: 'chain', label, state: 'bad', detail: 'The log does not extend the anchored head: it was rewritten.' };
  } catch (error) {
    return {
      key: 'chain',
      label,
      state: 'unknown',
      detail: error instanceof Error ? error.message : 'The chain could not be read.',
    };
  }
}

/** What kind of file it is decides how it is checked; the keys come from the person, never from the file. */
export async function verifyFile(content: string, policyText: string): Promise<Report> {
  const policy = parsePolicy(sha256, policyText);
  const trust = { crypto, policy };
  if (content.trimStart().startsWith('{')) return verifyBundle(content, trust);
  if (content.startsWith('c2sp.org/tlog-proof')) return verifyProof(content, trust);
  return verifyNote(content, policy);
}

async function verifyNote(note: string, policy: Policy): Promise<Report> {
  try {
    const outcome = await verifyCheckpoint(crypto, policy, note);
    if (!outcome.ok) return { outcome: outcome.reason, problems: [outcome.problem], head: null, entries: [] };
    const { origin, size, root }: Checkpoint = outcome.checkpoint;
    return {
      outcome: 'good',
      problems: [],
      head: { origin, size: size.toString(), root: hex(root), signedBy: outcome.signedBy },
      entries: [],
    };
  } catch (error) {
    return {
      outcome: 'bad-input',
      problems: [error instanceof Error ? error.message : 'This is no proof.'],
      head: null,
      entries: [],
    };
  }
}

/** The keys that the log publishes now: a convenience for those who have no copy of their own. */
export async function publishedPolicy(): Promise<string> {
  try {
    return await text('/log/policy');
  } catch (error) {
    if (error instanceof ApiError) return '';
    throw error;
  }
}
