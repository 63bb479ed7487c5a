/** The only import of the chain platform open to other folders. */
export { CHAIN_RUNTIME, ChainModule } from './chain.module.js';
export type { ChainRuntime } from './chain-runtime.js';
export type { RebuildReport, TableComparison } from './indexer/rebuild.js';
export { ChainLog, type BlockRef, type ChainValue, type ContractKind } from './chain-log.js';
export { ProjectionRegistry, type ChainListener, type EventNames, type Projection } from './projection.js';
export { ChainReader, type Freshness, type ReadAt } from './chain-reader.js';
export { ChainStatus, type ChainState } from './chain-status.js';
export { ContractError } from './contract-error.js';
export { KeeperTasks, type DueCall, type KeeperTask } from './keeper/keeper.js';
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
