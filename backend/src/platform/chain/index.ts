/** The only import of the chain platform open to other folders. */
export { ChainLog, type BlockRef, type ChainValue, type ContractKind } from './chain-log.js';
export { ProjectionRegistry, type FinalityListener, type Projection } from './projection.js';
export { ChainReader, type Freshness, type ReadAt } from './chain-reader.js';
export {
  Relayer,
  type BallotKey,
  type ChainAction,
  type Intent,
  type IntentProblem,
  type IntentRequest,
  type IntentState,
  type SignedAuth,
  type SignedBallot,
  type SignedFunding,
} from './relayer.js';
export { toBytes, toHex } from './hex.js';
