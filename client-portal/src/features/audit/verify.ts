import {
  fromBase64,
  parsePolicy,
  toHex,
  utf8,
  verifyBundle,
  verifyCheckpoint,
  verifyConsistency,
  verifyProof,
  type Bundle,
  type Checkpoint,
  type Policy,
  type Report,
} from './tlog';
import { sha256 } from '@noble/hashes/sha2.js';
import { ApiError, get } from '../../api/client';
import type { AuditEvent, Page } from '../../api/types';
import { plural } from '../../lib/time';
import type { AnchoredHead } from '../../chain/anchor';
import type { Check } from '../../ui/ledger';
import {
  againstMemory,
  crypto,
  hasher,
  hexBytes as bytes,
  liveHeadSources,
  logText as text,
  trustedPolicy,
  type HeadSources,
} from './witness';

/**
 * Verification in this browser. Nothing is taken from the server on trust: leaf hashes, inclusion,
 * signatures and consistency are recomputed, and the head is compared with what this browser saw
 * before and with what the chain holds.
 */
/** Where the check gets its material from; only `recall` and `keep` are believed. */
export interface Sources extends HeadSources {
  events: (project: string) => Promise<AuditEvent[]>;
  bundle: (project: string) => Promise<Bundle>;
  anchored: () => Promise<AnchoredHead | null>;
}

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
  ...liveHeadSources,
  anchored: async () => (await import('../../chain/anchor')).anchoredHead(),
};

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
