/** Reports of the scenario's oracle network, delivered through the real forwarder. */
import { concat, hexlify, id, toBeHex, type TransactionReceipt } from 'ethers';
import {
  REASON_CODES,
  Verdict,
  encodeMetrics,
  encodePayload,
  encodeRawReport,
  encodeReportContext,
  metadataOf,
  reasonNumber,
  reportDigest,
  requestId,
  type Hex,
} from '@milepost/protocol';
import type { FileStep } from '../format.js';
import { Params } from '../format.js';
import { CHAIN_ID } from './anvil.js';
import type { ChainProject } from './project.js';
import { Reverted, type Session } from './session.js';
import type { ChainWorld } from './world.js';

const hex = (value: string): Hex => value as Hex;

/** How long a report may be delivered. */
const VALIDITY = 3_600;
/** What the relayer gives a delivery. */
const FIGURES = ['defects', 'macroF1', 'kappa', 'payableItems', 'items'] as const;

function metricsOf(step: FileStep, params: Params): Hex {
  const named = REASON_CODES.find((code) => code === step.params?.['reason']);
  const reason = params.text('verdict') === 'pass' ? 0 : reasonNumber(named ?? 'OTHER');
  return encodeMetrics([reason, ...FIGURES.map((name) => (params.has(name) ? params.whole(name) : 0))]);
}

/** A report ready for delivery, and what its receiver gets of it. */
export interface PreparedReport {
  readonly metadata: Hex;
  readonly body: string;
  /** Arguments of `KeystoneForwarder.report`. */
  readonly delivery: readonly unknown[];
}

/** Builds a report and signs it with f + 1 nodes. */
export function prepareReport(world: ChainWorld, project: ChainProject, step: FileStep, now: number): PreparedReport {
  const params = new Params(step);
  const { network, oracle, gate } = world;
  const subject = {
    escrow: project.address,
    milestone: project.indexOf(params.text('milestone')),
    round: params.whole('round'),
    digest: params.text('digest'),
    criteriaHash: project.signed.criteriaHash,
  };
  const receiver = String(oracle.target);
  const payload = encodePayload({
    schema: 1,
    chainSelector: network.chainSelector,
    receiver: hex(receiver),
    requestId: requestId({ chainId: BigInt(CHAIN_ID), oracle: receiver, gate: String(gate.target), ...subject }),
    escrow: hex(subject.escrow),
    milestone: subject.milestone,
    round: subject.round,
    digest: hex(subject.digest),
    criteriaHash: hex(subject.criteriaHash),
    verdict: params.text('verdict') === 'pass' ? Verdict.PASSED : Verdict.FAILED,
    payBps: params.whole('payBps'),
    observedAt: BigInt(now),
    validUntil: BigInt(now + VALIDITY),
    metrics: metricsOf(step, params),
    evidenceHash: hex(id(`evidence of ${step.id}`)),
  });
  const raw = encodeRawReport(
    {
      version: 1,
      executionId: hex(id(`execution ${step.id} ${step.at}`)),
      timestamp: now,
      donId: network.donId,
      configVersion: network.configVersion,
      workflowId: hex(network.workflowId),
      workflowName: hex(network.workflowName),
      workflowOwner: hex(network.workflowOwner),
      reportId: '0x0001',
    },
    payload,
  );
  const context = encodeReportContext(id('milepost scenario config'), BigInt(now));
  const digest = reportDigest(raw, context);
  const signatures = network.nodes.slice(0, network.f + 1).map((node) => {
    const { r, s, yParity } = node.signingKey.sign(digest);
    return concat([r, s, toBeHex(yParity, 1)]);
  });
  return { metadata: metadataOf(raw), body: hexlify(payload), delivery: [receiver, raw, context, signatures] };
}

/** Delivers a report; throws `Reverted` with the receiver's reason. */
export async function deliverReport(
  world: ChainWorld,
  session: Session,
  project: ChainProject,
  step: FileStep,
  now: number,
): Promise<TransactionReceipt> {
  const { oracle, forwarder } = world;
  const actor = world.walletOf(step.actor);
  const { metadata, body, delivery } = prepareReport(world, project, step, now);
  if (!world.isOracle(step.actor)) return session.send(actor, oracle, 'onReport', metadata, body);

  const receipt = await session.send(actor, forwarder, 'report', ...delivery);
  const processed = receipt.logs
    .filter((log) => log.address === String(forwarder.target))
    .map((log) => forwarder.interface.parseLog(log))
    .find((log) => log?.name === 'ReportProcessed');
  if (processed?.args.getValue('result') === true) return receipt;
  // The forwarder swallows the reason: ask the receiver once more, from the forwarder's address.
  const why = await session.whyNot(String(forwarder.target), oracle, 'onReport', metadata, body);
  throw why ?? new Reverted('unknown', 'the forwarder reported a failure that does not repeat');
}
