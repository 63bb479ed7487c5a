import { z } from 'zod';
import { addressSchema, bytes32Schema, hexSchema, idSchema, uintSchema } from '../../../platform/http/index.js';

const unixSeconds = z.number().int().min(0).max(281_474_976_710_655);
const milestone = z.number().int().min(0).max(15);
/** A milestone, the holdback pot (254) or the warranty claim (255). */
const subject = z.union([milestone, z.literal(254), z.literal(255)]);
const bps = z.number().int().min(0).max(10_000);

/** A party's signature under one call. */
export const authSchema = z
  .strictObject({ nonce: uintSchema, deadline: unixSeconds, signature: hexSchema })
  .meta({ id: 'SignedAuth' });

const ballotFields = {
  round: z.number().int().min(1).max(255),
  question: z.number().int().min(0).max(3),
  payBps: bps,
  digest: bytes32Schema,
};

const of = <K extends string, P extends z.ZodType>(kind: K, payload: P) =>
  z.strictObject({ kind: z.literal(kind), project: idSchema, payload });
const ofMilestone = <K extends string, M extends z.ZodType, P extends z.ZodType>(kind: K, where: M, payload: P) =>
  z.strictObject({ kind: z.literal(kind), project: idSchema, milestone: where, payload });

/** What people ask to be relayed. The service builds the call itself; nothing else can be sent. */
export const intentInputSchema = z.discriminatedUnion('kind', [
  of(
    'fund',
    z.strictObject({
      funder: z.number().int().min(0).max(7),
      from: addressSchema,
      amount: uintSchema,
      validAfter: unixSeconds,
      validBefore: unixSeconds,
      salt: bytes32Schema,
      signature: hexSchema,
    }),
  ),
  of('unfund', z.strictObject({ amount: uintSchema, auth: authSchema })),
  of('cancel', z.strictObject({ auth: authSchema })),
  of('openClaim', z.strictObject({ amount: uintSchema, evidenceHash: bytes32Schema, auth: authSchema })),
  of('answerClaim', z.strictObject({ accept: z.boolean(), reasonHash: bytes32Schema, auth: authSchema })),
  of('claim', z.strictObject({ account: addressSchema, to: addressSchema, auth: authSchema })),
  of('refund', z.strictObject({})),
  of('sync', z.strictObject({})),
  of('endWarranty', z.strictObject({})),
  ofMilestone('submit', milestone, z.strictObject({ digest: bytes32Schema, auth: authSchema })),
  ofMilestone(
    'dispute',
    milestone,
    z.strictObject({ reasonHash: bytes32Schema, reason: z.string().max(4_000).optional(), auth: authSchema }),
  ),
  ofMilestone('terminate', milestone, z.strictObject({ auth: authSchema })),
  ofMilestone(
    'settle',
    subject,
    z.strictObject({
      round: z.number().int().min(0).max(255),
      version: z.number().int().min(0).max(4_294_967_295),
      payBps: bps,
      waiveLate: z.boolean(),
      client: authSchema,
      contributor: authSchema,
    }),
  ),
  ofMilestone('finalize', z.union([milestone, z.literal(255)]), z.strictObject(ballotFields)),
  ofMilestone('lapse', z.union([milestone, z.literal(255)]), z.strictObject(ballotFields).partial()),
]);

export type IntentInput = z.infer<typeof intentInputSchema>;

export const intentParamsSchema = z.object({ id: idSchema });
