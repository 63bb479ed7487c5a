/**
 * A verdict of the oracle with everything that proves it, and the check of it: no service, no network. Given the committee one
 * trusts (a deployment record, or the forwarder's `ConfigSet` event), it recovers who signed, recomputes what the
 * signatures are about, hashes the documents and judges again.
 */
import { DocumentError, sha256Hex, type Hex } from './canonical.js';
import { readCriteria, type Criteria } from './criteria.js';
import { bytesOf } from './evm-words.js';
import { evidenceHash, type EvidenceItem, type Fetched, type JudgeContext } from './judge/judgement.js';
import { judge } from './judge/judge.js';
import {
  decodePayload,
  decodeRawReport,
  reportSigners,
  requestId,
  Verdict,
  workflowNameField,
  type ReportHeader,
  type ReportPayload,
} from './report.js';

export const ORACLE_PROOF_SCHEMA = 'milepost/oracle-proof@1';

/** Whose signatures count, and for which contracts. */
export interface Committee {
  readonly chainId: number;
  /** Chainlink's selector of the chain, as a decimal string. */
  readonly chainSelector: string;
  readonly forwarder: string;
  readonly creOracle: string;
  readonly gate: string;
  readonly donId: number;
  readonly configVersion: number;
  /** Faulty nodes that are tolerated; f + 1 signatures make a report. */
  readonly f: number;
  readonly signers: readonly string[];
  readonly workflowId: string;
  readonly workflowOwner: string;
  /** The name itself, not its ten characters in reports. */
  readonly workflowName: string;
}

/** What is handed out for one request. */
export interface OracleProof {
  readonly schema: typeof ORACLE_PROOF_SCHEMA;
  /** As the sender knows it; trust your own. */
  readonly committee: Committee;
  readonly request: {
    readonly requestId: string;
    readonly escrow: string;
    readonly milestone: number;
    readonly round: number;
    readonly digest: string;
    readonly criteriaHash: string;
  };
  /** What the chain stores, as the sender says; null while there is none. */
  readonly attestation: {
    readonly verdict: 'passed' | 'failed';
    readonly payBps: number;
    readonly evidenceHash: string;
    readonly txHash: string | null;
  } | null;
  readonly report: {
    readonly rawReport: string;
    readonly reportContext: string;
    /** r, s, v with v 0 or 1. */
    readonly signatures: readonly string[];
  } | null;
  /** Exact texts of the signed criteria and of the manifest's public part. */
  readonly documents: { readonly criteria: string | null; readonly manifest: string | null };
  /** What the judges read, by name and hash. */
  readonly evidence: readonly EvidenceItem[];
  /** Texts among it: signed results, what remained of live answers, evidence of sampled batches. */
  readonly sources: readonly Fetched[];
  /** Hash of the block that a sampled batch was drawn with. */
  readonly randomness: string | null;
}

/** One thing that was checked. `null`: it could not be checked, and that is no fault. */
export interface ProofLine {
  readonly ok: boolean | null;
  readonly text: string;
}

const low = (text: string): string => text.toLowerCase();

/** Checks a proof against a committee. It holds if no line is `false` and the signatures' line is `true`. */
export function verifyOracleProof(proof: OracleProof, committee: Committee): readonly ProofLine[] {
  if (proof.report === null)
    return [{ ok: false, text: 'There is no signed report in this file, so nothing is proven.' }];
  let header: ReportHeader;
  let payload: ReportPayload;
  let signers: readonly string[];
  try {
    const raw = bytesOf(proof.report.rawReport);
    const decoded = decodeRawReport(raw);
    header = decoded.header;
    payload = decodePayload(decoded.payload);
    signers = reportSigners(raw, bytesOf(proof.report.reportContext), proof.report.signatures);
  } catch (error) {
    return [
      { ok: false, text: `The report cannot be read: ${error instanceof Error ? error.message : String(error)}.` },
    ];
  }
  return [
    signaturesLine(signers, committee),
    ...bindingLines(proof, header, payload, committee),
    ...verdictLines(proof, payload),
    ...documentLines(proof, payload),
    ...judgedLines(proof, payload, committee),
  ];
}

/** Whether the lines together prove the verdict. */
export function isProven(lines: readonly ProofLine[]): boolean {
  return lines.length > 1 && lines.every(({ ok }) => ok !== false);
}

function signaturesLine(signers: readonly string[], committee: Committee): ProofLine {
  const known = new Set(committee.signers.map(low));
  const strangers = signers.filter((signer) => !known.has(signer));
  const distinct = new Set(signers).size;
  const need = committee.f + 1;
  if (strangers.length > 0) return { ok: false, text: `Signed by ${strangers.join(', ')}: no node of this committee.` };
  return distinct === signers.length && distinct >= need
    ? {
        ok: true,
        text: `${distinct} different nodes of the committee signed these bytes; ${need} are needed: ${signers.join(', ')}`,
      }
    : { ok: false, text: `Only ${distinct} different nodes signed; ${need} are needed.` };
}

function bindingLines(
  { request }: OracleProof,
  header: ReportHeader,
  payload: ReportPayload,
  committee: Committee,
): ProofLine[] {
  const lines: ProofLine[] = [];
  const same = (what: string, actual: string | number | bigint, expected: string | number | bigint): boolean => {
    if (low(String(actual)) === low(String(expected))) return true;
    lines.push({ ok: false, text: `The report names ${what} ${String(actual)}, not ${String(expected)}.` });
    return false;
  };
  const all = [
    same('the network', header.donId, committee.donId),
    same('its configuration', header.configVersion, committee.configVersion),
    same('the workflow', header.workflowId, committee.workflowId),
    same('the workflow’s owner', header.workflowOwner, committee.workflowOwner),
    same('the workflow’s name', header.workflowName, workflowNameField(committee.workflowName)),
    same('the chain', payload.chainSelector, committee.chainSelector),
    same('the contract', payload.receiver, committee.creOracle),
    same('the escrow', payload.escrow, request.escrow),
    same('the milestone', payload.milestone, request.milestone),
    same('the round', payload.round, request.round),
    same('the submission', payload.digest, request.digest),
    same('the criteria', payload.criteriaHash, request.criteriaHash),
    same('the request', payload.requestId, request.requestId),
    same(
      'the request',
      payload.requestId,
      requestId({
        chainId: BigInt(committee.chainId),
        oracle: committee.creOracle,
        gate: committee.gate,
        escrow: payload.escrow,
        milestone: payload.milestone,
        round: payload.round,
        digest: payload.digest,
        criteriaHash: payload.criteriaHash,
      }),
    ),
  ];
  if (all.every(Boolean)) {
    const text = `It is about milestone ${request.milestone + 1}, round ${request.round} of escrow ${request.escrow}, by the agreed workflow, on chain ${committee.chainId}, and nothing else.`;
    lines.push({ ok: true, text });
  }
  return lines;
}

function verdictLines({ attestation }: OracleProof, payload: ReportPayload): ProofLine[] {
  const isPassed = payload.verdict === Verdict.PASSED;
  const fits = isPassed ? payload.payBps >= 1 && payload.payBps <= 10_000 : payload.payBps === 0;
  const intime = payload.validUntil >= payload.observedAt && payload.validUntil <= payload.observedAt + 86_400n;
  const lines: ProofLine[] = [
    {
      ok: fits && intime,
      text: `It says ${isPassed ? `passed, pays ${payload.payBps} of 10,000` : 'failed, pays nothing'}, observed ${new Date(Number(payload.observedAt) * 1000).toISOString()}.`,
    },
  ];
  if (attestation === null)
    return [...lines, { ok: null, text: 'The file names no verdict on chain to compare it with.' }];
  const same =
    (attestation.verdict === 'passed') === isPassed &&
    attestation.payBps === payload.payBps &&
    low(attestation.evidenceHash) === payload.evidenceHash;
  const text = same
    ? 'The verdict that the file says is on chain is this one.'
    : 'The verdict that the file says is on chain is another one.';
  return [...lines, { ok: same, text }];
}

function documentLines({ documents, evidence }: OracleProof, payload: ReportPayload): ProofLine[] {
  const lines: ProofLine[] = [];
  const hashed = (what: string, text: string | null, expected: string): void => {
    if (text === null) lines.push({ ok: null, text: `${what} is not in the file.` });
    else {
      const ok = sha256Hex(text) === expected;
      lines.push({ ok, text: ok ? `${what} is the signed one.` : `${what} is not the one whose hash was signed.` });
    }
  };
  hashed('The acceptance document', documents.criteria, payload.criteriaHash);
  hashed('The manifest’s public part', documents.manifest, payload.digest);
  if (evidence.length === 0) lines.push({ ok: null, text: 'The file does not list what the judges read.' });
  else {
    const ok = evidenceHash(evidence) === payload.evidenceHash;
    lines.push({
      ok,
      text: ok
        ? `What the judges read is this list of ${evidence.length} documents.`
        : 'The list of what the judges read is another one.',
    });
  }
  return lines;
}

function judgedLines(proof: OracleProof, payload: ReportPayload, committee: Committee): ProofLine[] {
  if (proof.documents.criteria === null) return [];
  let criteria: Criteria;
  try {
    criteria = readCriteria(proof.documents.criteria, payload.criteriaHash);
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    return [{ ok: false, text: `The acceptance document cannot be read: ${error.message}.` }];
  }
  const context: JudgeContext = {
    chainId: BigInt(committee.chainId),
    oracle: low(committee.creOracle) as Hex,
    requestId: payload.requestId,
    digest: payload.digest,
    criteriaHash: payload.criteriaHash,
    round: payload.round,
    now: Number(payload.observedAt),
    ...(proof.randomness === null ? {} : { randomness: low(proof.randomness) as Hex }),
  };
  const judgement = judge(criteria, fetchedFrom(proof), context);
  if (judgement.status !== 'verdict')
    return [{ ok: null, text: `It could not be judged again from this file: ${judgement.reasons.join('; ')}.` }];
  const same =
    judgement.verdict === payload.verdict &&
    judgement.payBps === payload.payBps &&
    judgement.metrics === payload.metrics &&
    judgement.evidenceHash === payload.evidenceHash;
  return [
    {
      ok: same,
      text: same
        ? 'Judged again from the same documents, it comes out the same, to the last figure.'
        : `Judged again from the same documents, it comes out differently: ${judgement.verdict === Verdict.PASSED ? 'passed' : 'failed'}, ${judgement.payBps} of 10,000.`,
    },
    ...judgement.checks.map(({ title, passed, detail }) => ({
      ok: null,
      text: `${passed ? 'passed' : 'failed'}: ${title} (${detail})`,
    })),
  ];
}

/** The judges' inputs from what was kept: live answers were kept reduced to what counts, and take their first form again. */
function fetchedFrom({ documents, sources }: OracleProof): Fetched[] {
  const manifest = documents.manifest === null ? [] : [{ name: 'manifest', text: documents.manifest }];
  return [...manifest, ...sources.map(({ name, text }) => restored(name, text))];
}

function restored(name: string, text: string): Fetched {
  if (name.startsWith('result:')) return { name: 'result', text };
  if (name !== 'samples' && name !== 'check-runs') return { name, text };
  try {
    const kept: unknown = JSON.parse(text);
    if (!Array.isArray(kept)) return { name, text };
    if (name === 'samples')
      return { name, text: JSON.stringify({ series: Object.fromEntries(kept as [string, unknown][]) }) };
    const runs = (kept as [string, number, string][]).map(([check, id, conclusion]) => ({
      id,
      name: check,
      status: 'completed',
      conclusion,
    }));
    return { name, text: JSON.stringify({ total_count: runs.length, check_runs: runs }) };
  } catch {
    // What cannot be read is the judge's to report.
    return { name, text };
  }
}
