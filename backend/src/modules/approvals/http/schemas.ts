import { REASON_CODES } from '@milepost/protocol';
import { z } from 'zod';
import {
  addressSchema,
  bpsSchema,
  bytes32Schema,
  hexSchema,
  idSchema,
  timeSchema,
} from '../../../platform/http/index.js';

const milestone = z.number().int().min(0).max(15);
const round = z.number().int().min(0).max(255);
const question = z.number().int().min(0).max(3);
const seat = z.number().int().min(0).max(63);

export const reasonSchema = z
  .strictObject({
    code: z.enum(REASON_CODES),
    failedCriteria: z.array(z.string().min(1).max(64)).max(64).default([]),
    evidenceHash: bytes32Schema.nullable().default(null),
    whatWouldPass: z.string().trim().min(1).max(4_000),
  })
  .meta({ id: 'BallotReason' });

export const ballotInputSchema = z.strictObject({
  project: idSchema,
  milestone: z.union([milestone, z.literal(255)]),
  round,
  question,
  payBps: bpsSchema,
  digest: bytes32Schema,
  approve: z.boolean(),
  reason: reasonSchema.optional(),
  account: addressSchema,
  seat,
  signature: hexSchema,
});

export const ballotReceiptSchema = z.object({
  receipt: z
    .object({
      ballot: bytes32Schema,
      seat,
      approve: z.boolean(),
      receivedAt: timeSchema,
      postBy: timeSchema,
      entry: z.object({ eventId: z.string(), leafHash: z.string(), at: z.number(), integrateBy: z.number() }),
      /** The entry's promise, signed by the log; absent on a repeated request. */
      note: z.string().optional(),
    })
    .meta({ id: 'BallotReceipt' }),
});

export const approvalParamsSchema = z.object({ id: idSchema, n: z.coerce.number().int().min(0).max(15) });

export const approvalSchema = z
  .object({
    sentence: z.string(),
    need: z.number().int(),
    silence: z.enum(['approve', 'dispute']),
    status: z.string(),
    round,
    question,
    payBps: bpsSchema,
    digest: bytes32Schema,
    bodies: z.array(
      z.object({
        body: z.string(),
        totalWeight: z.number().int(),
        yes: z.number().int(),
        no: z.number().int(),
        quorumBps: bpsSchema,
        approvalBps: bpsSchema,
        state: z.enum(['open', 'approved', 'rejected', 'silent']),
      }),
    ),
    seats: z.array(
      z.object({
        index: seat,
        account: addressSchema,
        name: z.string().nullable(),
        body: z.string(),
        weight: z.number().int(),
        excluded: z.boolean(),
      }),
    ),
    ballots: z.array(
      z.object({
        account: addressSchema,
        seat,
        body: z.string(),
        approve: z.boolean(),
        reason: reasonSchema.nullable(),
        state: z.enum(['onchain', 'waiting']),
        at: timeSchema,
        postBy: timeSchema.nullable(),
        txHash: bytes32Schema.nullable(),
      }),
    ),
    deadline: timeSchema.nullable(),
    extended: z.boolean(),
    hold: z.object({ until: timeSchema, reason: z.string() }).nullable(),
  })
  .meta({ id: 'Approval' });
