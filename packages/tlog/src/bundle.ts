/** A bundle carries entries with their proofs to one signed head, so that a stranger can check them without the service. */
import { TreeHasher, type Hash } from './hash.js';
import { verifyInclusion } from './verify.js';
import { verifyCheckpoint, type Policy } from './policy.js';
import type { Crypto } from './keys.js';
import { opens, parseEntry, type EntryHeader, type Json, type Opening } from './entry.js';
import { parseProof } from './checkpoint.js';
import { readClaims, replay, type Claims, type Replay } from './replay.js';
import { TlogFormatError, fromBase64, parseDecimal, utf8 } from './text.js';

export const BUNDLE_FORMAT = 'milepost-audit-bundle/v1';

export interface BundleEntry {
  /** The exact text of the header. */
  readonly header: string;
  /** Decimal. */
  readonly index: string;
  /** Inclusion proof, Base64, from the leaf's sibling upward. */
  readonly proof: readonly string[];
  /** The sections that the one who exported could read. */
  readonly openings: { readonly [section: string]: Opening };
}

export interface Bundle {
  readonly format: typeof BUNDLE_FORMAT;
  /** Project whose entries these are; null for a choice of another kind. */
  readonly project: string | null;
  /** The signed note, verbatim. */
  readonly checkpoint: string;
  /** In the order of the log. */
  readonly entries: readonly BundleEntry[];
  /** What was chosen of the project; left out: everything. */
  readonly scope?: { readonly milestone: number } | { readonly event: string };
  /** What the service says the project's state is, for {@link replay}; null while the log lags behind the chain. */
  readonly claims?: Claims | null;
  /** The keys as the service publishes them: a convenience, no proof of whose keys they are. */
  readonly policy?: string;
}

/** What is checked: `inclusion` the proofs only; `payload` that every section opens; `replay` the claims too; `all` whatever can be. */
export type Mode = 'all' | 'inclusion' | 'payload' | 'replay';
export const MODES: readonly Mode[] = ['all', 'inclusion', 'payload', 'replay'];

export type Outcome = 'good' | 'bad-proof' | 'bad-input' | 'policy-not-met';
/** Exit codes of the command line. */
export const EXIT_CODES: { readonly [outcome in Outcome]: number } = {
  good: 0,
  'bad-proof': 1,
  'bad-input': 2,
  'policy-not-met': 3,
};

export interface EntryReport {
  readonly index: string;
  readonly id: string;
  readonly type: string;
  readonly at: number;
  readonly subject: readonly [string, string];
  /** Sections whose text matches its commitment. */
  readonly opened: readonly string[];
  /** Sections that the bundle does not open: erased, or not for the reader's eyes. */
  readonly closed: readonly string[];
}

/** Result of a verification. `good` means: every entry is in the log whose head your policy accepts, unchanged. */
export interface Report {
  readonly outcome: Outcome;
  readonly problems: readonly string[];
  readonly head: {
    readonly origin: string;
    readonly size: string;
    readonly root: string;
    readonly signedBy: readonly string[];
  } | null;
  readonly entries: readonly EntryReport[];
  /** Null where nothing was replayed. */
  readonly replay?: Replay | null;
}

/** What the reader trusts and computes with. */
export interface Trust {
  readonly crypto: Crypto;
  readonly policy: Policy;
}

class BadProof extends Error {}

/** Verifies a bundle (parsed JSON or its text). Never throws: what is wrong stands in the report. */
export async function verifyBundle(bundle: unknown, trust: Trust, mode: Mode = 'all'): Promise<Report> {
  return report(async () => {
    const content = readBundle(typeof bundle === 'string' ? parseJson(bundle) : bundle);
    const { project, checkpoint, entries, claims, whole } = content;
    const checked = mode === 'inclusion' ? entries.map((entry) => ({ ...entry, openings: {} })) : entries;
    const proven = await verifyEntries(trust, checkpoint, checked, project);
    if (proven.outcome !== 'good') return proven;
    if (mode === 'payload') return withPayloads(proven);
    if (mode === 'inclusion') return proven;
    if (mode === 'replay' && claims === null)
      throw new TlogFormatError(
        'there is nothing to replay against: the bundle makes no claims, or is not of a whole project',
      );
    return whole ? withReplay(proven, entries, claims) : proven;
  });
}

/** The keys that a bundle brings along; undefined if it brings none. @throws TlogFormatError if it is no bundle */
export function bundlePolicy(bundle: string): string | undefined {
  const { policy } = record(parseJson(bundle), 'the bundle');
  return policy === undefined ? undefined : str(policy, 'the policy of the bundle');
}

/** Fails closed: what cannot be read is not verified, whatever the reason. */
function withPayloads(proven: Report): Report {
  const closed = proven.entries.flatMap((entry) =>
    entry.closed.map(
      (section) =>
        `entry ${entry.index}: the section ${section} cannot be opened: it was erased, or the bundle leaves it out`,
    ),
  );
  return closed.length === 0 ? proven : { ...proven, outcome: 'bad-proof', problems: closed };
}

function withReplay(proven: Report, entries: readonly Candidate[], claims: Claims | null): Report {
  const result = replay(
    entries.map(({ entry }) => parseEntry(entry)),
    claims,
  );
  return {
    ...proven,
    outcome: result.problems.length === 0 ? 'good' : 'bad-proof',
    problems: result.problems,
    replay: result,
  };
}

/** Verifies a `.tlog-proof` whose extra data is the entry. Never throws. */
export async function verifyProof(text: string, trust: Trust): Promise<Report> {
  return report(async () => {
    const proof = parseProof(text);
    if (proof.extra === undefined) throw new TlogFormatError('the proof does not carry its entry (no extra line)');
    return verifyEntries(
      trust,
      proof.checkpoint,
      [{ entry: proof.extra, index: proof.index, proof: proof.hashes, openings: {} }],
      null,
    );
  });
}

interface Candidate {
  readonly entry: Uint8Array;
  readonly index: bigint;
  readonly proof: readonly Hash[];
  readonly openings: { readonly [section: string]: Opening };
}

async function report(verify: () => Promise<Report>): Promise<Report> {
  try {
    return await verify();
  } catch (error) {
    const outcome = error instanceof TlogFormatError ? 'bad-input' : 'bad-proof';
    return { outcome, problems: [error instanceof Error ? error.message : String(error)], head: null, entries: [] };
  }
}

async function verifyEntries(
  trust: Trust,
  note: string,
  entries: readonly Candidate[],
  project: string | null,
): Promise<Report> {
  const head = await verifyCheckpoint(trust.crypto, trust.policy, note);
  if (!head.ok) return { outcome: head.reason, problems: [head.problem], head: null, entries: [] };
  const { origin, size, root } = head.checkpoint;
  const hasher = new TreeHasher(trust.crypto.sha256);
  const reports: EntryReport[] = [];
  const problems: string[] = [];
  let outcome: Outcome = 'good';
  let last = -1n;
  for (const candidate of entries) {
    try {
      if (candidate.index <= last)
        throw new BadProof('the entries are not in the order of the log, or one is listed twice');
      last = candidate.index;
      if (!verifyInclusion(hasher, hasher.leaf(candidate.entry), candidate.index, size, candidate.proof, root)) {
        throw new BadProof(
          'the entry is not in the log at this index: it was changed, or its proof is of another log or size',
        );
      }
      const header = parseEntry(candidate.entry);
      if (project !== null && header.project !== project) throw new BadProof('the entry belongs to another project');
      reports.push(entryReport(trust, candidate, header));
    } catch (error) {
      const bad: Outcome = error instanceof TlogFormatError ? 'bad-input' : 'bad-proof';
      if (outcome !== 'bad-proof') outcome = bad;
      problems.push(`entry ${String(candidate.index)}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return {
    outcome,
    problems,
    head: {
      origin,
      size: String(size),
      root: Array.from(root, (byte) => byte.toString(16).padStart(2, '0')).join(''),
      signedBy: head.signedBy,
    },
    entries: reports,
  };
}

function entryReport(trust: Trust, { index, openings }: Candidate, header: EntryHeader): EntryReport {
  const sections = header.commits.map((commitment) => commitment.section);
  const stray = Object.keys(openings).find((section) => !sections.includes(section));
  if (stray !== undefined) throw new BadProof(`the header does not commit to a section ${stray}`);
  const opened = header.commits
    .filter((commitment) => {
      const opening = openings[commitment.section];
      if (opening === undefined) return false;
      if (!opens(trust.crypto.sha256, commitment, opening))
        throw new BadProof(`the section ${commitment.section} is not the one that was committed to`);
      return true;
    })
    .map((commitment) => commitment.section);
  return {
    index: String(index),
    id: header.id,
    type: header.type,
    at: header.at,
    subject: header.subject,
    opened,
    closed: sections.filter((section) => !opened.includes(section)),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new TlogFormatError('the bundle is not JSON');
  }
}

function readBundle(value: unknown): {
  project: string | null;
  checkpoint: string;
  entries: Candidate[];
  claims: Claims | null;
  /** All entries of one project, not a choice of them. */
  whole: boolean;
} {
  const bundle = record(value, 'the bundle');
  if (bundle['format'] !== BUNDLE_FORMAT) throw new TlogFormatError(`not a bundle: its format is not ${BUNDLE_FORMAT}`);
  const { project, checkpoint, entries } = bundle;
  if (project !== null && typeof project !== 'string')
    throw new TlogFormatError('the project of the bundle is neither text nor null');
  if (!Array.isArray(entries)) throw new TlogFormatError('the entries of the bundle are not a list');
  const whole = project !== null && bundle['scope'] === undefined;
  return {
    project,
    whole,
    claims: whole ? readClaims(bundle['claims'] as Json | undefined) : null,
    checkpoint: str(checkpoint, 'the checkpoint of the bundle'),
    entries: entries.map((item: unknown, i) => {
      const entry = record(item, `entry ${String(i + 1)} of the bundle`);
      const proof = entry['proof'];
      if (!Array.isArray(proof)) throw new TlogFormatError(`the proof of entry ${String(i + 1)} is not a list`);
      return {
        entry: utf8(str(entry['header'], 'a header')),
        index: parseDecimal(str(entry['index'], 'an index'), 'an index'),
        proof: proof.map((hash: unknown) => fromBase64(str(hash, 'a proof hash'), 'a proof hash')),
        openings: Object.fromEntries(
          Object.entries(record(entry['openings'], 'the openings')).map(([section, opening]) => {
            const { salt, text } = record(opening, 'an opening');
            return [section, { salt: str(salt, 'a salt'), text: str(text, 'the text of a section') }];
          }),
        ),
      };
    }),
  };
}

function record(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TlogFormatError(`${what} is not an object`);
  return value as Record<string, unknown>;
}

function str(value: unknown, what: string): string {
  if (typeof value !== 'string') throw new TlogFormatError(`${what} is not text`);
  return value;
}
