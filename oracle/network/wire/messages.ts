/** The CRE messages that cross the border between engine and host, by their public field numbers. */
import {
  bool,
  bytes,
  int32,
  int64,
  lazy,
  many,
  mapOf,
  maybe,
  message,
  one,
  string,
  uint32,
  uint64,
  type Message,
} from './codec.js';

// ---- google.protobuf

export const Any = message({ typeUrl: one(1, string), value: one(2, bytes) });
export const Empty = message({});
export const Timestamp = message({ seconds: one(1, int64), nanos: one(2, int32) });
export const Duration = message({ seconds: one(1, int64), nanos: one(2, int32) });

/** Packs an encoded message of a named type. */
export function packAny(typeName: string, value: Uint8Array): { typeUrl: string; value: Uint8Array } {
  return { typeUrl: `type.googleapis.com/${typeName}`, value };
}

// ---- values.v1

export const BigInteger = message({ absolute: one(1, bytes), sign: one(2, int64) });

export interface ValueMessage {
  string: string | undefined;
  bool: boolean | undefined;
  bytes: Uint8Array | undefined;
  map: { fields: ReadonlyMap<string, ValueMessage> } | undefined;
  list: { fields: readonly ValueMessage[] } | undefined;
  int64: bigint | undefined;
  bigint: { absolute: Uint8Array; sign: bigint } | undefined;
  uint64: bigint | undefined;
}

const nested: Message<ValueMessage> = lazy(() => Value);

/** Decimals, times and floats are left out: consensus here is over exact values only. */
export const Value: Message<ValueMessage> = message({
  string: maybe(1, string),
  bool: maybe(2, bool),
  bytes: maybe(3, bytes),
  map: maybe(4, message({ fields: mapOf(1, string, nested) })),
  list: maybe(5, message({ fields: many(2, nested) })),
  int64: maybe(7, int64),
  bigint: maybe(9, BigInteger),
  uint64: maybe(12, uint64),
});

// ---- sdk.v1alpha

export const CapabilityRequest = message({
  id: one(1, string),
  payload: maybe(2, Any),
  method: one(3, string),
  callbackId: one(4, int32),
});
export type CapabilityRequest = ReturnType<typeof CapabilityRequest.decode>;

export const CapabilityResponse = message({ payload: maybe(1, Any), error: maybe(2, string) });
export type CapabilityResponse = ReturnType<typeof CapabilityResponse.decode>;

export const AwaitRequest = message({ ids: many(1, int32) });
export const AwaitResponse = message({ responses: mapOf(1, int32, CapabilityResponse) });

export const SecretError = message({ id: one(1, string), namespace: one(2, string), error: one(4, string) });
export const AwaitSecretsResponse = message({
  responses: mapOf(1, int32, message({ responses: many(1, message({ error: maybe(2, SecretError) })) })),
});

export const Trigger = message({ id: one(1, uint64), payload: maybe(2, Any) });

export const ExecuteRequest = message({
  config: one(1, bytes),
  subscribe: maybe(2, Empty),
  trigger: maybe(3, Trigger),
  maxResponseSize: one(4, uint64),
});

export const TriggerSubscription = message({ id: one(1, string), payload: maybe(2, Any), method: one(3, string) });
export type TriggerSubscription = ReturnType<typeof TriggerSubscription.decode>;

export const ExecutionResult = message({
  value: maybe(1, Value),
  error: maybe(2, string),
  subscriptions: maybe(3, message({ subscriptions: many(1, TriggerSubscription) })),
});

/** How observations are joined. Only `IDENTICAL` is served here. */
export const AGGREGATION_IDENTICAL = 2;

export interface DescriptorMessage {
  aggregation: number | undefined;
  fieldsMap: { fields: ReadonlyMap<string, DescriptorMessage> } | undefined;
}

const nestedDescriptor: Message<DescriptorMessage> = lazy(() => ConsensusDescriptor);
export const ConsensusDescriptor: Message<DescriptorMessage> = message({
  aggregation: maybe(1, int32),
  fieldsMap: maybe(2, message({ fields: mapOf(1, string, nestedDescriptor) })),
});

export const SimpleConsensusInputs = message({
  value: maybe(1, Value),
  error: maybe(2, string),
  descriptors: maybe(3, ConsensusDescriptor),
  default: maybe(4, Value),
});

export const ReportRequest = message({
  payload: one(1, bytes),
  encoder: one(2, string),
  signing: one(3, string),
  hashing: one(4, string),
});

export const ReportResponse = message({
  configDigest: one(1, bytes),
  sequence: one(2, uint64),
  context: one(3, bytes),
  rawReport: one(4, bytes),
  signatures: many(5, message({ signature: one(1, bytes), signerId: one(2, uint32) })),
});
export type ReportResponse = ReturnType<typeof ReportResponse.decode>;

// ---- capabilities.networking.http.v1alpha

export const HttpHeaderValues = message({ values: many(1, string) });
export const HttpRequest = message({
  url: one(1, string),
  method: one(2, string),
  headers: mapOf(3, string, string),
  body: one(4, bytes),
  timeout: maybe(5, Duration),
  multiHeaders: mapOf(7, string, HttpHeaderValues),
});
export const HttpResponse = message({
  status: one(1, uint32),
  headers: mapOf(2, string, string),
  body: one(3, bytes),
});

// ---- capabilities.scheduler.cron.v1

export const CronConfig = message({ schedule: one(1, string) });
export const CronPayload = message({ scheduledAt: maybe(1, Timestamp) });

// ---- capabilities.blockchain.evm.v1alpha

export const CONFIDENCE = { SAFE: 0, LATEST: 1, FINALIZED: 2 } as const;
export const TX_STATUS = { FATAL: 0, REVERTED: 1, SUCCESS: 2 } as const;
export const RECEIVER_STATUS = { SUCCESS: 0, REVERTED: 1 } as const;

export const LogTriggerConfig = message({
  addresses: many(1, bytes),
  topics: many(2, message({ values: many(1, bytes) })),
  confidence: one(3, int32),
});

export const EvmLog = message({
  address: one(1, bytes),
  topics: many(2, bytes),
  txHash: one(3, bytes),
  blockHash: one(4, bytes),
  data: one(5, bytes),
  eventSignature: one(6, bytes),
  blockNumber: maybe(7, BigInteger),
  txIndex: one(8, uint32),
  index: one(9, uint32),
  removed: one(10, bool),
});

export const CallContractRequest = message({
  call: maybe(1, message({ from: one(1, bytes), to: one(2, bytes), data: one(3, bytes) })),
  blockNumber: maybe(2, BigInteger),
});
export const CallContractReply = message({ data: one(1, bytes) });

export const HeaderRequest = message({ blockNumber: maybe(1, BigInteger) });
export const HeaderReply = message({
  header: maybe(
    1,
    message({
      timestamp: one(1, uint64),
      blockNumber: maybe(2, BigInteger),
      hash: one(3, bytes),
      parentHash: one(4, bytes),
    }),
  ),
});

export const WriteReportRequest = message({
  receiver: one(1, bytes),
  report: maybe(2, ReportResponse),
  gasConfig: maybe(3, message({ gasLimit: one(1, uint64) })),
});
export const WriteReportReply = message({
  txStatus: one(1, int32),
  receiverStatus: maybe(2, int32),
  txHash: maybe(3, bytes),
  fee: maybe(4, BigInteger),
  error: maybe(5, string),
});
export type WriteReportReply = ReturnType<typeof WriteReportReply.decode>;
