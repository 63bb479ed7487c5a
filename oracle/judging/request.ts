/** One submission that waits for a verdict. */
import type { Hex } from '@milepost/protocol/canonical';

export interface OracleRequest {
  readonly requestId: Hex;
  readonly escrow: Hex;
  readonly milestone: number;
  readonly round: number;
  readonly digest: Hex;
  readonly criteriaHash: Hex;
}

/** The event that opens a request. */
export const REQUESTED = 'Requested(bytes32,address,uint8,uint8,bytes32,bytes32,uint40)';

/** A verdict may be delivered this long after the nodes looked; the contract allows no more. Seconds. */
export const VALID_SECONDS = 86_400n;
