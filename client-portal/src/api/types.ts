/**
 * What the API says, as the portal reads it. Amounts are strings of base units, times RFC 3339,
 * addresses EIP-55. `conformance.ts` checks these shapes against the generated schema.
 */
export type Hex = `0x${string}`;
export type Address = Hex;
/** Base units of the project's token as a decimal string. */
export type Units = string;
export type Iso = string;

export interface Person {
  id: string;
  name: string;
  address: Address;
}

export interface TokenInfo {
  address: Address;
  symbol: string;
  decimals: number;
  name: string;
  version: string;
}

export interface LocalAccount {
  index: number;
  name: string;
  address: Address;
  role: string;
}

export interface Config {
  mode: 'local' | 'live';
  chainId: number;
  rpcUrl: string;
  contracts: Record<string, Address>;
  token: TokenInfo;
  feeBps: number;
  localAccounts?: LocalAccount[] | undefined;
  oracle: { label: string; creOracle: Address; runnerAddress?: string | undefined };
  limits: { maxFileBytes: number; maxFiles: number };
  finalityDepth: number;
}

export interface Status {
  /** Block and time are null while the chain does not answer. */
  chain: {
    block: number | null;
    time: Iso | null;
    indexedBlock: number;
    finalizedBlock: number;
    gaps: number;
    alarm: string | null;
  };
  relayer: { address: Address; balance: string | null; open: number; alarm: string | null };
  log: { size: string; pending: number; halted: string | null };
  oracle: { label: string; reachable: boolean; ok: boolean | null; lastBlock: number | null };
}

export type PartyRole = 'client' | 'contributor';

export interface Criterion {
  id: string;
  text: string;
  /** Basis points; a milestone's weights sum to 10,000. */
  weight: number;
}

export interface BodyRule {
  quorumBps: number;
  approvalBps: number;
}

export interface PolicyDraft {
  preset: string | null;
  bodies: {
    clients?: BodyRule;
    panel?: BodyRule;
    reviewers?: BodyRule;
    oracle?: { criteriaHash: Hex };
  };
  need: number;
  silence: 'approve' | 'dispute';
  /** Oracle-only approvals wait for the challenge time before they pay. */
  holdOracle: boolean;
  windowSeconds: number;
  extensionSeconds: number;
  challengeSeconds: number;
}

export interface ProfileDraft {
  reviewDays: number;
  extensionDays: number;
  holdHours: number;
  reworkDays: number;
  graceDays: number;
  lateDays: number;
  arbitrationDays: number;
  silence: 'approve' | 'dispute';
  maxRounds: number;
  killBps: number;
  holdbackBps: number;
  lateDailyBps: number;
  lateCapBps: number;
  deadlockBps: number;
}

export interface MilestoneDraft {
  title: string;
  description: string;
  criteria: Criterion[];
  amount: Units;
  /** Whole days after the project's start. */
  due: number;
  fundBy: number;
  profile: number;
  policy: number;
}

export interface SeatDraft {
  account: Address;
  body: 'clients' | 'panel' | 'reviewers';
  weight: number;
}

export interface ArbitrationDraft {
  arbitrator: Address;
  fallbackArbitrator: Address | null;
  fee: Units;
  bond: Units;
  settleFeeBps: number;
  /** Index of the policy whose panel answers questions in a dispute. */
  panelPolicy: number | null;
  /** Seconds of each rung. */
  windows?: {
    negotiate: number;
    panel: number;
    panelExtension: number;
    appeal: number;
    deposit: number;
    ruling: number;
    fallback: number;
  };
}

export interface TermsDraft {
  client: Address;
  contributor: Address;
  token: Address;
  feeBps: number;
  /** Unix seconds. */
  start: number;
  warrantyDays: number;
  payees: { account: Address; weight: number }[];
  profiles: ProfileDraft[];
  milestones: MilestoneDraft[];
  policies: PolicyDraft[];
  seats: SeatDraft[];
  arbitration: ArbitrationDraft;
}

export type MilestoneStatus =
  'Draft' | 'Planned' | 'Funded' | 'Submitted' | 'Rejected' | 'Disputed' | 'Released' | 'Refunded' | 'Cancelled';

export interface Paid {
  account: Address;
  amount: Units;
  kind: 'milestone' | 'killfee' | 'holdback' | 'fee' | 'refund' | (string & {});
  /** The token refused the transfer; the amount waits to be claimed. */
  credited: boolean;
}

export interface Decision {
  cause: string;
  payBps: number;
  gross: Units;
  lateCredit: Units;
  holdback: Units;
  fee: Units;
  net: Units;
  refundable: Units;
  paid: Paid[];
  at: Iso;
  txHash: Hex;
}

export interface Milestone {
  index: number;
  title: string;
  description: string;
  criteria: Criterion[];
  amount: Units;
  due: Iso;
  fundBy: Iso;
  policy: { sentence: string; bodies: string[]; need: number; silence: 'approve' | 'dispute' };
  status: MilestoneStatus;
  round: number;
  maxRounds: number;
  digest: Hex | null;
  submittedAt: Iso | null;
  /** How this state ends if nobody acts. */
  exit: { at: Iso; outcome: string; payBps: number } | null;
  decision: Decision | null;
}

export interface Ledger {
  /** Everything in the escrow: the sum of the buckets that follow. */
  booked: Units;
  pool: Units;
  /** For milestones that have their money and are not decided. */
  open: Units;
  /** Kept for kill fees of milestones not yet funded. */
  cover: Units;
  holdback: Units;
  refundable: Units;
  credits: Units;
  /** What ever came in and went out. */
  funded: Units;
  paid: Units;
  fees: Units;
  refunded: Units;
}

export interface Signature {
  signer: Address;
  at: Iso;
}

export interface Project {
  id: string;
  title: string;
  summary: string;
  status: 'draft' | 'signing' | 'active' | 'closed';
  version: number;
  client: Address;
  contributor: Address;
  payees: { account: Address; weight: number }[];
  seats: { account: Address; body: 'clients' | 'panel' | 'reviewers'; weight: number; excluded: boolean }[];
  token: TokenInfo;
  feeBps: number;
  total: Units;
  escrow: Address | null;
  signatures: { client: Signature | null; contributor: Signature | null };
  /** Payments of no single milestone: the holdback pot. */
  payments?: Paid[];
  /** The relayed creation, once asked for. */
  creation: { intent: string } | null;
  ledger: Ledger | null;
  milestones: Milestone[];
  finalBy: Iso | null;
  chain: { block: number; finality: string };
  terms: TermsDraft;
}

export type ProjectSummary = Pick<
  Project,
  'id' | 'title' | 'summary' | 'status' | 'client' | 'contributor' | 'total' | 'token' | 'escrow'
> & { milestones: Pick<Milestone, 'index' | 'title' | 'status' | 'amount' | 'due' | 'round'>[]; updatedAt: Iso };

export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

/** EIP-712 data as every wallet takes it. */
export interface TypedData {
  domain: { name?: string; version?: string; chainId?: number; verifyingContract?: Address };
  types: Record<string, { name: string; type: string }[]>;
  primaryType: string;
  message: Record<string, unknown>;
}

export type IntentState = 'queued' | 'signed' | 'sent' | 'included' | 'final' | 'refused' | 'failed' | 'expired';

export interface Intent {
  id: string;
  kind: string;
  project: string | null;
  milestone: number | null;
  state: IntentState;
  txHash: Hex | null;
  /** Why it ended without effect. */
  error: { code: string; detail: string } | null;
}

export interface Upload {
  sha256: Hex;
  size: number;
  name: string;
}

export interface Submission {
  digest: Hex;
  round: number;
  note: string;
  files: Upload[];
  manifest: unknown;
  submittedAt: Iso | null;
}

export interface StreamEvent {
  seq: number;
  type: string;
  ids: Record<string, string | number | null>;
  finality: string;
}

/** What both parties sign, with every hash needed to check it. */
export interface TermsDocument {
  document: unknown;
  args: Hex;
  gatePolicy: Hex;
  arbitrationPolicy: Hex;
  termsHash: Hex;
  policyHash: Hex;
  argsHash: Hex;
  escrow: Address;
  typedData: TypedData;
}

export interface BallotRow {
  account: Address;
  seat: number;
  body: string;
  approve: boolean;
  reason: { code: string; failedCriteria: string[]; evidenceHash: Hex | null; whatWouldPass: string } | null;
  state: 'onchain' | 'waiting';
  at: Iso;
  postBy?: Iso | null;
  txHash?: Hex | null;
}

export interface ApprovalSeat {
  index: number;
  account: Address;
  name: string | null;
  body: string;
  weight: number;
  excluded: boolean;
}

export interface ApprovalBody {
  body: string;
  totalWeight: number;
  yes: number;
  no: number;
  quorumBps: number;
  approvalBps: number;
  state: 'open' | 'approved' | 'rejected' | 'silent';
}

export interface Approval {
  sentence: string;
  need: number;
  silence: 'approve' | 'dispute';
  status: string;
  round: number;
  question: number;
  payBps: number;
  digest: Hex;
  bodies: ApprovalBody[];
  seats: ApprovalSeat[];
  ballots: BallotRow[];
  deadline: Iso | null;
  extended: boolean;
  hold: { until: Iso; reason: string } | null;
}

export interface OracleNode {
  name: string;
  address: Address;
  signed: boolean;
  /** Signed, agreed, differs, or why it gave no answer. */
  note: string;
  /** Its own answer in one line; null when it has not spoken. */
  answer: string | null;
  agrees: boolean | null;
  milliseconds: number | null;
}

export interface OracleRequest {
  requestId: Hex;
  project: string | null;
  milestone: number;
  round: number;
  digest: Hex;
  criteriaHash: Hex;
  kind: string | null;
  requestedAt: Iso;
  expiresAt: Iso;
  state: string;
  /** What a verdict still waits for; null when there is one. */
  missing: string | null;
  job: {
    state:
      'asked' | 'waiting' | 'broken' | 'no-consensus' | 'failed' | 'reported' | 'recorded' | 'answered' | 'expired';
    words: string;
    next: { words: string; at: Iso | null };
    attempts: number | null;
  };
  verdict: 'passed' | 'failed' | null;
  payBps: number | null;
  evidenceHash: Hex | null;
  recordedAt: Iso | null;
  txHash: Hex | null;
  checks: { id: string; label: string; passed: boolean; detail: string }[];
  evidence: { name: string; sha256: Hex; url: string | null }[];
  nodes: OracleNode[];
  /** Whether a signed report can be exported. */
  hasReport: boolean;
  network: string;
  milliseconds: number | null;
}

export interface AuditEvent {
  id: string;
  /** Place in the log; null for the second or so until it has one. */
  index: number | null;
  type: string;
  at: Iso;
  /** Pseudonym of a person in this project, `chain:<id>` or `system:<name>`. */
  actor: string;
  person: string | null;
  subject: [string, string];
  project: string | null;
  source: 'app' | 'chain';
  chain: { chainId: number; block: Hex; tx: Hex; log: number } | null;
  refs: Record<string, unknown>;
  /** Details by section; null where erased. */
  sections: Record<string, unknown>;
  leafHash: Hex;
}

/** A right to read one project's trail for a time. */
export interface Auditor {
  id: string;
  project: string;
  account: Address;
  name: string | null;
  grantedAt: Iso;
  expiresAt: Iso;
  revokedAt: Iso | null;
}

export interface AuditRoom {
  operator: boolean;
  projects: { id: string; title: string; via: 'member' | 'auditor'; until: Iso | null }[];
  /** Families of events. */
  kinds: string[];
}

/** A request to be forgotten. */
export interface Erasure {
  id: string;
  state: 'open' | 'withdrawn' | 'refused' | 'executed';
  requestedAt: Iso;
  decidedAt: Iso | null;
  reason: string | null;
  /** Entry of the log that records the decision. */
  event: string | null;
  completeBy: Iso | null;
}

export interface Hold {
  id: string;
  reason: string;
  setAt: Iso;
}

export interface ErasureCase extends Erasure {
  person: string;
  name: string | null;
  holds: Hold[];
}

export interface ErasurePlan {
  goes: { what: string; count: number }[];
  stays: { what: string; why: string }[];
  projects: { id: string; title: string }[];
  holds: Hold[];
  request: Erasure | null;
}

export interface ConsistencyProof {
  from: string;
  to: string;
  proof: string[];
  checkpoint: string | null;
}

export interface RewardLine {
  project: string | null;
  projectTitle: string;
  milestone: number;
  account: Address;
  role: string;
  /** Fee of the milestone itself, or of its part of the holdback. */
  source: 'milestone' | 'holdback';
  fee: Units;
  netFee: Units;
  base: Units;
  shareBps: number;
  factors: { w: number; q: number; t: number; r: number };
  settle: Units;
  tokens: Units;
  epoch: number;
  state: 'accrued';
  at: Iso;
  txHash: Hex;
}

export interface RewardsMine {
  epoch: number;
  settleTotal: string;
  tokensTotal: string;
  reputation: string;
  lines: RewardLine[];
}

export interface RewardsProject {
  lines: RewardLine[];
}
