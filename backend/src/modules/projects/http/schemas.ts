import { z } from 'zod';
import {
  addressSchema,
  bpsSchema,
  bytes32Schema,
  hexSchema,
  idSchema,
  pageOf,
  pageQuerySchema,
  timeSchema,
  uintSchema,
} from '../../../platform/http/index.js';
import { HUMAN_BODIES, type TermsDraft } from '../domain/terms-draft.js';
import { criterionSchema, termsDraftSchema } from './terms-schema.js';

export const tokenSchema = z
  .object({
    address: addressSchema,
    symbol: z.string(),
    decimals: z.number().int(),
    name: z.string(),
    version: z.string(),
  })
  .meta({ id: 'Token' });

const paidSchema = z
  .object({ account: addressSchema, amount: uintSchema, kind: z.string(), credited: z.boolean() })
  .meta({ id: 'Paid' });

const decisionSchema = z
  .object({
    cause: z.string(),
    payBps: bpsSchema,
    gross: uintSchema,
    lateCredit: uintSchema,
    holdback: uintSchema,
    fee: uintSchema,
    net: uintSchema,
    refundable: uintSchema,
    paid: z.array(paidSchema),
    at: timeSchema,
    txHash: bytes32Schema,
  })
  .meta({ id: 'Decision' });

export const milestoneSchema = z
  .object({
    index: z.number().int(),
    title: z.string(),
    description: z.string(),
    criteria: z.array(criterionSchema),
    amount: uintSchema,
    due: timeSchema,
    fundBy: timeSchema,
    policy: z.object({
      sentence: z.string(),
      bodies: z.array(z.string()),
      need: z.number().int(),
      silence: z.enum(['approve', 'dispute']),
    }),
    status: z.enum([
      'Draft',
      'Planned',
      'Funded',
      'Submitted',
      'Rejected',
      'Disputed',
      'Released',
      'Refunded',
      'Cancelled',
    ]),
    round: z.number().int(),
    maxRounds: z.number().int(),
    digest: bytes32Schema.nullable(),
    submittedAt: timeSchema.nullable(),
    exit: z.object({ at: timeSchema, outcome: z.string(), payBps: bpsSchema }).nullable(),
    decision: decisionSchema.nullable(),
  })
  .meta({ id: 'Milestone' });

const ledgerSchema = z
  .object({
    pool: uintSchema,
    open: uintSchema,
    cover: uintSchema,
    holdback: uintSchema,
    refundable: uintSchema,
    credits: uintSchema,
    booked: uintSchema,
    funded: uintSchema,
    paid: uintSchema,
    fees: uintSchema,
    refunded: uintSchema,
  })
  .meta({ id: 'Ledger' });

const partySignature = z.object({ signer: addressSchema, at: timeSchema }).nullable();

export const chainPositionSchema = z
  .object({ block: z.number().int(), finality: z.enum(['none', 'included', 'finalized']) })
  .meta({ id: 'ChainPosition' });

export const projectSchema = z
  .object({
    id: idSchema,
    title: z.string(),
    summary: z.string(),
    status: z.enum(['draft', 'signing', 'active', 'closed']),
    version: z.number().int(),
    client: addressSchema,
    contributor: addressSchema,
    payees: z.array(z.object({ account: addressSchema, weight: z.number().int() })),
    seats: z.array(
      z.object({ account: addressSchema, body: z.enum(HUMAN_BODIES), weight: z.number().int(), excluded: z.boolean() }),
    ),
    token: tokenSchema,
    feeBps: z.number().int(),
    total: uintSchema,
    escrow: addressSchema.nullable(),
    signatures: z.object({ client: partySignature, contributor: partySignature }),
    creation: z.object({ intent: idSchema }).nullable(),
    ledger: ledgerSchema.nullable(),
    /** Payments of no single milestone: from the holdback pot. Each milestone lists its own. */
    payments: z.array(paidSchema),
    milestones: z.array(milestoneSchema),
    finalBy: timeSchema.nullable(),
    chain: chainPositionSchema,
    terms: termsDraftSchema as z.ZodType<TermsDraft>,
  })
  .meta({ id: 'Project' });

export const projectSummarySchema = projectSchema
  .pick({
    id: true,
    title: true,
    summary: true,
    status: true,
    client: true,
    contributor: true,
    total: true,
    token: true,
    escrow: true,
  })
  .extend({
    milestones: z.array(
      milestoneSchema.pick({ index: true, title: true, status: true, amount: true, due: true, round: true }),
    ),
    updatedAt: timeSchema,
  })
  .meta({ id: 'ProjectSummary' });

export const projectPageSchema = pageOf(projectSummarySchema);
export const projectQuerySchema = pageQuerySchema.extend({ mine: z.enum(['0', '1']).optional() });
export const projectParamsSchema = z.object({ id: idSchema });

const typedDataField = z.object({ name: z.string(), type: z.string() });
export const typedDataSchema = z
  .object({
    domain: z.object({
      name: z.string(),
      version: z.string(),
      chainId: z.number().int(),
      verifyingContract: addressSchema,
    }),
    types: z.record(z.string(), z.array(typedDataField)),
    primaryType: z.string(),
    message: z.record(z.string(), z.union([z.string(), z.number()])),
  })
  .meta({ id: 'TypedData' });

export const termsDocumentSchema = z
  .object({
    document: z.object({
      format: z.literal('milepost-terms/1'),
      salt: hexSchema,
      title: z.string(),
      summary: z.string(),
      terms: termsDraftSchema as z.ZodType<TermsDraft>,
    }),
    args: hexSchema,
    gatePolicy: hexSchema,
    arbitrationPolicy: hexSchema,
    termsHash: bytes32Schema,
    policyHash: bytes32Schema,
    argsHash: bytes32Schema,
    escrow: addressSchema,
    typedData: typedDataSchema,
  })
  .meta({ id: 'TermsDocument' });

export const signatureInputSchema = z.strictObject({
  role: z.enum(['client', 'contributor']),
  deadline: z.number().int().min(1).max(281_474_976_710_655),
  nonce: z.union([uintSchema, z.number().int().min(0)]).optional(),
  signature: hexSchema.min(4),
});
