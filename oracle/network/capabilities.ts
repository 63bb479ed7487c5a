/** What one node can do for its workflow: HTTP, chain reads, consensus, reports, delivery. Quotas are counted per node. */
import { hexlify } from 'ethers';
import { bytesOf, fixedBytes, hexOf } from '@milepost/protocol/evm-words';
import { quotas } from '../quotas.js';
import { Rpc, RpcError, toTag, type Block } from './rpc.js';
import {
  CallContractReply,
  CallContractRequest,
  HeaderReply,
  HeaderRequest,
  HttpRequest,
  HttpResponse,
} from './wire/messages.js';
import { bigInteger, bigIntegerValue } from './wire/values.js';

/** A capability says no; the workflow sees the message. */
export class CapabilityError extends Error {
  override readonly name = 'CapabilityError';
}

/** Counts one kind of call. */
export class Quota {
  private used = 0;

  constructor(
    private readonly limit: number,
    private readonly what: string,
  ) {}

  /** @throws CapabilityError when the quota is used up. */
  take(amount = 1): void {
    this.used += amount;
    if (this.used > this.limit) throw new CapabilityError(`quota: ${this.what}, at most ${String(this.limit)} per run`);
  }
}

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** `SendRequest` of http-actions. Redirects are refused: the workflow's author names addresses, not the other side. */
export async function sendHttp(payload: Uint8Array, send: Fetch): Promise<Uint8Array> {
  if (payload.length > quotas.http.requestBytes)
    throw new CapabilityError(`quota: HTTP request over ${String(quotas.http.requestBytes)} bytes`);
  const request = HttpRequest.decode(payload);
  const method = request.method === '' ? 'GET' : request.method.toUpperCase();
  const headers: [string, string][] = [...request.headers];
  for (const [name, { values }] of request.multiHeaders) for (const value of values) headers.push([name, value]);
  const asked = request.timeout === undefined ? Number.POSITIVE_INFINITY : Number(request.timeout.seconds) * 1000;
  let response: Response;
  try {
    response = await send(request.url, {
      method,
      headers,
      redirect: 'error',
      signal: AbortSignal.timeout(Math.min(asked, quotas.http.milliseconds)),
      ...(request.body.length === 0 ? {} : { body: new Uint8Array(request.body) }),
    });
  } catch (error) {
    throw new CapabilityError(`HTTP request failed: ${reasonOf(error)}`);
  }
  const body = await readLimited(response, quotas.http.responseBytes);
  const type = response.headers.get('content-type');
  return HttpResponse.encode({
    status: response.status,
    headers: new Map(type === null ? [] : [['content-type', type]]),
    body,
  });
}

/** The body, or an error as soon as it is over the limit. @throws CapabilityError */
export async function readLimited(response: Response, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body ?? []) {
      const bytes = chunk as Uint8Array;
      size += bytes.length;
      if (size > limit) throw new CapabilityError(`quota: HTTP response over ${String(limit)} bytes`);
      chunks.push(bytes);
    }
  } catch (error) {
    if (error instanceof CapabilityError) throw error;
    throw new CapabilityError(`HTTP response failed: ${reasonOf(error)}`);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** Chain reads at the block that all nodes agreed to look at. */
export class ChainReads {
  constructor(
    private readonly rpc: Rpc,
    private readonly pinned: Block,
  ) {}

  async callContract(payload: Uint8Array): Promise<Uint8Array> {
    const { call, blockNumber } = CallContractRequest.decode(payload);
    if (call === undefined) throw new CapabilityError('CallContract without a call');
    const from = call.from.length === 0 ? {} : { from: hexlify(fixedBytes(hexOf(call.from), 20)) };
    const tag = toTag(this.blockOf(blockNumber));
    try {
      const data = await this.rpc.text('eth_call', [{ ...from, to: hexlify(call.to), data: hexlify(call.data) }, tag]);
      return CallContractReply.encode({ data: bytesOf(data) });
    } catch (error) {
      if (error instanceof RpcError) throw new CapabilityError(`CallContract failed: ${error.message}`);
      throw error;
    }
  }

  async header(payload: Uint8Array): Promise<Uint8Array> {
    const { blockNumber } = HeaderRequest.decode(payload);
    const block = await this.rpc.block(toTag(this.blockOf(blockNumber)));
    return HeaderReply.encode({
      header: {
        timestamp: BigInt(block.timestamp),
        blockNumber: bigInteger(BigInt(block.number)),
        hash: bytesOf(block.hash),
        parentHash: bytesOf(block.parentHash),
      },
    });
  }

  /** Negative numbers are tags (-2 latest, -3 finalized): both mean the block this run is pinned to. */
  private blockOf(asked: { absolute: Uint8Array; sign: bigint } | undefined): number {
    if (asked === undefined) return this.pinned.number;
    const value = bigIntegerValue(asked);
    if (value < 0n) return this.pinned.number;
    if (value > BigInt(this.pinned.number)) throw new CapabilityError(`block ${String(value)} is not there yet`);
    return Number(value);
  }
}

export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
