/**
 * `milepost-judge`: waits for requests of a CreOracle, lets every node judge the submission by its signed criteria, and
 * reports a verdict that enough nodes share. Two triggers: the request's log, and a clock for what was not ready then.
 */
import {
  bytesToHex,
  consensusIdenticalAggregation,
  cre,
  type CronPayload,
  type EVMLog,
  logTriggerConfig,
  prepareReportRequest,
  Runner,
  type Runtime,
  sendErrorResponse,
  TxStatus,
  type Workflow,
} from '@chainlink/cre-sdk';
import type { Hex } from '@milepost/protocol/canonical';
import { hexOf } from '@milepost/protocol/evm-words';
import { encodePayload, requestId, type Verdict } from '@milepost/protocol/report';
import { parseConfig, type Config } from '../judging/config.js';
import { drawDelay, type Observation, type Question } from '../judging/look.js';
import { REQUESTED, VALID_SECONDS, type OracleRequest } from '../judging/request.js';
import { signatureHash } from './abi.js';
import { completeRequest, evm, readAttestation, readBlockHash, readPending, readRequested } from './chain.js';
import { observe } from './observe.js';

const onRequested = (runtime: Runtime<Config>, log: EVMLog): string => serve(runtime, readRequested(log));

/** One open request per run, in turn: a request that is not ready holds up no other. */
const onRetry = (runtime: Runtime<Config>, tick: CronPayload): string => {
  const open = readPending(runtime);
  const turn = Number((tick.scheduledExecutionTime?.seconds ?? 0n) / BigInt(runtime.config.retrySeconds));
  const next = open[turn % Math.max(1, open.length)];
  if (next === undefined) return 'nothing pending';
  const request = completeRequest(runtime, next);
  return request === undefined ? 'superseded' : serve(runtime, request);
};

/** Judges and reports one request. The answer says how it ended; a delivery that fails is an error. */
function serve(runtime: Runtime<Config>, request: OracleRequest): string {
  const { config } = runtime;
  const id = requestId({ ...request, chainId: BigInt(config.chainId), oracle: config.oracle, gate: config.gate });
  if (id !== request.requestId)
    throw new Error(`the fields of the request give the id ${id}, not ${request.requestId}`);

  // A log alone is never trusted: the contract's own record decides whether there is something to do.
  const record = readAttestation(runtime, id);
  const observedAt = BigInt(Math.floor(runtime.now().getTime() / 1000));
  if (record.requestedAt === 0n) throw new Error(`${config.oracle} knows no request ${id}`);
  if (record.verdict !== 0) return 'answered';
  if (observedAt > record.expiresAt) return 'expired';

  const look = (question: Question): Observation =>
    runtime.runInNodeMode(observe, consensusIdenticalAggregation<Observation>())(question).result();
  const now = Number(observedAt);
  let seen = look({ request, now });
  if (seen.status === 'draw') {
    // Only the network together can read a block; which one, is in the criteria that the nodes have just agreed on.
    const { criteria } = seen;
    const randomness = readBlockHash(runtime, record.requestBlock + drawDelay(criteria, request));
    seen = look({ request, now, second: { criteria, randomness } });
  }
  if (seen.status !== 'verdict') return seen.status;
  deliver(runtime, request, seen, observedAt);
  return Number(seen.verdict) === 1 ? 'passed' : 'failed';
}

function deliver(runtime: Runtime<Config>, request: OracleRequest, seen: Observation, observedAt: bigint): void {
  const { config } = runtime;
  const payload = encodePayload({
    schema: 1,
    chainSelector: BigInt(config.chainSelector),
    receiver: config.oracle as Hex,
    requestId: request.requestId,
    escrow: request.escrow,
    milestone: request.milestone,
    round: request.round,
    digest: request.digest,
    criteriaHash: request.criteriaHash,
    verdict: Number(seen.verdict) as Verdict,
    payBps: Number(seen.payBps),
    observedAt,
    validUntil: observedAt + VALID_SECONDS,
    metrics: seen.metrics as Hex,
    evidenceHash: seen.evidenceHash as Hex,
  });
  const report = runtime.report(prepareReportRequest(hexOf(payload))).result();
  const reply = evm(config)
    .writeReport(runtime, { receiver: config.oracle, report, gasConfig: { gasLimit: config.gasLimit } })
    .result();
  const hash = reply.txHash === undefined ? 'no transaction' : bytesToHex(reply.txHash);
  if (reply.txStatus !== TxStatus.SUCCESS)
    throw new Error(`the report was not delivered (${hash}): ${reply.errorMessage ?? 'no reason given'}`);
  // 1 = the forwarder took the report and the receiver refused it.
  if (reply.receiverContractExecutionStatus === 1)
    throw new Error(`the oracle refused the report (${hash}): ${reply.errorMessage ?? 'no reason given'}`);
}

const workflow = (config: Config): Workflow<Config> => [
  cre.handler(
    evm(config).logTrigger(
      logTriggerConfig({
        addresses: [config.oracle as Hex],
        topics: [[signatureHash(REQUESTED)]],
        confidence: config.confidence === 'finalized' ? 'FINALIZED' : 'LATEST',
      }),
    ),
    onRequested,
  ),
  cre.handler(new cre.capabilities.CronCapability().trigger({ schedule: config.retrySchedule }), onRetry),
];

export async function main(): Promise<void> {
  const runner = await Runner.newRunner<Config>({ configParser: parseConfig });
  await runner.run(workflow);
}

main().catch(sendErrorResponse);
