import type { ChainCodec } from '../codec.js';
import { asContractError, ContractError } from '../contract-error.js';
import type { ChainAction } from '../relayer.js';
import type { ChainClient } from '../rpc/chain-client.js';
import type { Call } from './calls.js';

/**
 * Makes the call on the newest block without sending it. Throws a {@link ContractError} if it would revert, or if it would
 * succeed and do nothing: `castBatch` skips bad ballots instead of reverting.
 */
export const tryCall = async (
  client: ChainClient,
  codec: ChainCodec,
  from: string,
  action: ChainAction,
  call: Call,
): Promise<void> => {
  let answer: string;
  try {
    answer = await client.call(call.to, call.data, 'latest', from);
  } catch (error) {
    throw asContractError(codec, error);
  }
  if (action.kind === 'ballots' && codec.answer('MilestoneGate', 'castBatch', answer)[0] === 0n)
    throw new ContractError({ name: 'Gate_NotOpen', args: new Map() }, 'no ballot of the batch counts');
};
