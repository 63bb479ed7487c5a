import type { components } from './schema';
import type {
  Approval,
  Auditor,
  AuditEvent,
  AuditRoom,
  Config,
  ConsistencyProof,
  Erasure,
  ErasureCase,
  ErasurePlan,
  Intent,
  Milestone,
  OracleRequest,
  Person,
  Project,
  ProjectSummary,
  RewardLine,
  RewardsMine,
  Status,
  Submission,
  TermsDocument,
  TermsDraft,
  Upload,
} from './types';

/**
 * The portal's types against those generated from the backend's OpenAPI description. What the API
 * says it sends must be readable as what the pages expect; a stale or renamed field does not compile.
 */
type Schemas = components['schemas'];

/** The schema knows hex strings as strings, and writes tuples as lists. */
type Loose<T> = T extends `0x${string}`
  ? string
  : T extends readonly [string, string]
    ? string[]
    : T extends readonly (infer Item)[]
      ? Loose<Item>[]
      : T extends object
        ? { [Key in keyof T]: Loose<T[Key]> }
        : T;

/** Does not compile unless everything the API sends as `Sent` can be read as `Read`. */
type Reads<Sent extends Loose<Read>, Read> = [Sent, Read];

export type Conformance = [
  Reads<Schemas['Person'], Person>,
  Reads<Schemas['Project'], Project>,
  Reads<Schemas['ProjectSummary'], ProjectSummary>,
  Reads<Schemas['Milestone'], Milestone>,
  Reads<Schemas['TermsDocument'], TermsDocument>,
  Reads<Schemas['Intent'], Intent>,
  Reads<Schemas['Upload'], Upload>,
  Reads<Schemas['Submission'], Submission>,
  Reads<Schemas['Approval'], Approval>,
  Reads<Schemas['OracleRequest'], OracleRequest>,
  Reads<Schemas['RewardLine'], RewardLine>,
  Reads<Schemas['MyRewards'], RewardsMine>,
  Reads<Schemas['AuditEvent'], AuditEvent>,
  Reads<Schemas['ConsistencyProof'], ConsistencyProof>,
  Reads<Schemas['Auditor'], Auditor>,
  Reads<Schemas['AuditRoom'], AuditRoom>,
  Reads<Schemas['Erasure'], Erasure>,
  Reads<Schemas['ErasureCase'], ErasureCase>,
  Reads<Schemas['ErasurePlan'], ErasurePlan>,
  Reads<Schemas['Config'], Config>,
  Reads<Schemas['Status'], Status>,
  // What the portal sends must be what the API takes.
  Loose<TermsDraft> extends Schemas['TermsDraft'] ? true : never,
];
