/** What the workflow reads from the chain. Every read is a consensus of the network. */
import {
  blockNumber,
  bytesToHex,
  encodeCallMsg,
  EVMClient,
  type EVMLog,
  LAST_FINALIZED_BLOCK_NUMBER,
  LATEST_BLOCK_NUMBER,
  protoBigIntToBigint,
  type Runtime,
} from '@chainlink/cre-sdk';
import type { Hex } from '@milepost/protocol/canonical';
import { hexOf } from '@milepost/protocol/evm-words';
import { callData, signatureHash, Words } from './abi.js';
import type { Config } from '../judging/config.js';
import { REQUESTED, type OracleRequest } from '../judging/request.js';

const NOBODY: Hex = '0x0000000000000000000000000000000000000000';

export function evm(config: Config): EVMClient {
  return new EVMClient(BigInt(config.chainSelector));
}

/** Fields of a `Requested` event. */
export function readRequested(log: EVMLog): OracleRequest {
  const topic = (index: number): Words => new Words(log.topics[index] ?? new Uint8Array(0));
  if (topic(0).bytes32(0) !== signatureHash(REQUESTED)) throw new Error('the log is no Requested event');
  const data = new Words(log.data);
  return {
    requestId: topic(1).bytes32(0),
    escrow: topic(2).address(0),
    milestone: topic(3).small(0),
    round: data.small(0),
    digest: data.bytes32(1),
    criteriaHash: data.bytes32(2),
  };
}

/** The oracle's record of a request; times in Unix seconds, `requestedAt` 0 if it was never made. */
export function readAttestation(
  runtime: Runtime<Config>,
  requestId: Hex,
): { verdict: number; requestedAt: bigint; requestBlock: bigint; expiresAt: bigint } {
  const words = read(runtime, runtime.config.oracle as Hex, callData('attestation(bytes32)', [requestId]));
  return {
    verdict: words.small(1),
    requestedAt: words.uint(2),
    requestBlock: words.uint(3),
    expiresAt: words.uint(4),
  };
}

/** Hash of a block, or undefined while the chain has not settled that far. */
export function readBlockHash(runtime: Runtime<Config>, height: bigint): Hex | undefined {
  const header = (at: ReturnType<typeof blockNumber>) =>
    evm(runtime.config).headerByNumber(runtime, { blockNumber: at }).result().header;
  const head = header(runtime.config.confidence === 'finalized' ? LAST_FINALIZED_BLOCK_NUMBER : LATEST_BLOCK_NUMBER);
  if (head?.blockNumber === undefined || protoBigIntToBigint(head.blockNumber) < height) return undefined;
  const hash = header(blockNumber(height))?.hash;
  if (hash?.length !== 32) throw new Error(`the chain gives no hash for block ${String(height)}`);
  return hexOf(hash);
}

/** Entries per look, and looks per run: the list keeps answered requests until somebody moves its low-water mark. */
const PAGE = 50;
const PAGES = 8;
const ENOUGH = 10;

/** About ten requests without a verdict, oldest first. */
export function readPending(runtime: Runtime<Config>): Omit<OracleRequest, 'digest' | 'criteriaHash'>[] {
  const oracle = runtime.config.oracle as Hex;
  const found: Omit<OracleRequest, 'digest' | 'criteriaHash'>[] = [];
  let cursor = read(runtime, oracle, callData('head()', [])).uint(0);
  for (let page = 0; page < PAGES && found.length < ENOUGH; page++) {
    const words = read(runtime, oracle, callData('pending(uint256,uint256)', [cursor, PAGE]));
    // (Pending[] items, uint256 next): offset, next, then the length and six words per item.
    const start = words.small(0) / 32;
    for (let i = 0; i < words.small(start); i++) {
      const at = start + 1 + i * 6;
      found.push({
        escrow: words.address(at),
        milestone: words.small(at + 1),
        round: words.small(at + 2),
        requestId: words.bytes32(at + 5),
      });
    }
    const next = words.uint(1);
    if (next < cursor + BigInt(PAGE)) break;
    cursor = next;
  }
  return found;
}

/** Completes a pending request from its escrow and gate; undefined when its submission has been superseded. */
export function completeRequest(
  runtime: Runtime<Config>,
  open: Omit<OracleRequest, 'digest' | 'criteriaHash'>,
): OracleRequest | undefined {
  const milestone = read(runtime, open.escrow, callData('milestone(uint8)', [open.milestone]));
  const digest = milestone.bytes32(12);
  if (milestone.small(1) !== open.round) return undefined;
  const key = [open.escrow, open.milestone, open.round, 0, 10_000, digest];
  const policy = read(
    runtime,
    runtime.config.gate as Hex,
    callData('oracleOf((address,uint8,uint8,uint8,uint16,bytes32))', key),
  );
  return { ...open, digest, criteriaHash: policy.bytes32(1) };
}

function read(runtime: Runtime<Config>, to: Hex, data: Hex): Words {
  const reply = evm(runtime.config)
    .callContract(runtime, {
      call: encodeCallMsg({ from: NOBODY, to, data }),
      blockNumber: runtime.config.confidence === 'finalized' ? LAST_FINALIZED_BLOCK_NUMBER : LATEST_BLOCK_NUMBER,
    })
    .result();
  if (reply.data.length === 0)
    throw new Error(`${to} does not answer ${bytesToHex(reply.data)}: is it the right contract?`);
  return new Words(reply.data);
}
