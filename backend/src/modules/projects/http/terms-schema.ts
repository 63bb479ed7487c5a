import { z } from 'zod';
import { addressSchema, bpsSchema, bytes32Schema, uintSchema } from '../../../platform/http/index.js';
import { HUMAN_BODIES, type TermsDraft } from '../domain/terms-draft.js';

const text = (max: number) => z.string().trim().max(max);
const days = (min: number, max: number) => z.number().int().min(min).max(max);
const seconds = z.number().int().min(0).max(0xff_ff_ff);
const silence = z.enum(['approve', 'dispute']);
const weight = z.number().int().min(1).max(10_000);

export const criterionSchema = z
  .strictObject({ id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/), text: text(1_000).min(1), weight })
  .meta({ id: 'Criterion' });

const milestoneDraft = z
  .strictObject({
    title: text(120).min(1),
    description: text(8_000),
    criteria: z.array(criterionSchema).max(20),
    amount: uintSchema,
    due: days(0, 65_535),
    fundBy: days(0, 65_535),
    profile: z.number().int().min(0).max(3),
    policy: z.number().int().min(0).max(15),
  })
  .meta({ id: 'MilestoneDraft' });

const profileDraft = z
  .strictObject({
    reviewDays: days(0, 255),
    extensionDays: days(0, 255),
    holdHours: days(0, 255),
    reworkDays: days(0, 255),
    graceDays: days(0, 255),
    lateDays: days(0, 255),
    arbitrationDays: days(0, 255),
    silence,
    maxRounds: z.number().int().min(1).max(127),
    killBps: bpsSchema,
    holdbackBps: bpsSchema,
    lateDailyBps: bpsSchema,
    lateCapBps: bpsSchema,
    deadlockBps: bpsSchema,
  })
  .meta({ id: 'ProfileDraft' });

const bodyRule = z.strictObject({ quorumBps: bpsSchema, approvalBps: bpsSchema }).meta({ id: 'BodyRule' });

const policyDraft = z
  .strictObject({
    preset: text(40).nullable(),
    bodies: z.strictObject({
      clients: bodyRule.optional(),
      panel: bodyRule.optional(),
      reviewers: bodyRule.optional(),
      oracle: z.strictObject({ criteriaHash: bytes32Schema }).optional(),
    }),
    need: z.number().int().min(1).max(4),
    silence,
    holdOracle: z.boolean(),
    windowSeconds: seconds,
    extensionSeconds: seconds,
    challengeSeconds: seconds,
  })
  .meta({ id: 'PolicyDraft' });

const arbitrationDraft = z
  .strictObject({
    arbitrator: addressSchema,
    fallbackArbitrator: addressSchema.nullable(),
    fee: uintSchema,
    bond: uintSchema,
    settleFeeBps: bpsSchema,
    panelPolicy: z.number().int().min(0).max(15).nullable(),
    windows: z
      .strictObject({
        negotiate: seconds,
        panel: seconds,
        panelExtension: seconds,
        appeal: seconds,
        deposit: seconds,
        ruling: seconds,
        fallback: seconds,
      })
      .optional(),
  })
  .meta({ id: 'ArbitrationDraft' });

/** The form of a draft; whether its numbers may be signed is the codecs' matter. */
export const termsDraftSchema = z
  .strictObject({
    client: addressSchema,
    contributor: addressSchema,
    token: addressSchema,
    feeBps: z.number().int().min(0).max(500),
    start: z.number().int().min(1).max(0xff_ff_ff_ff),
    warrantyDays: days(0, 65_535),
    payees: z.array(z.strictObject({ account: addressSchema, weight })).max(8),
    profiles: z.array(profileDraft).min(1).max(4),
    milestones: z.array(milestoneDraft).min(1).max(16),
    policies: z.array(policyDraft).min(1).max(16),
    seats: z.array(z.strictObject({ account: addressSchema, body: z.enum(HUMAN_BODIES), weight })).max(64),
    arbitration: arbitrationDraft,
  })
  .meta({ id: 'TermsDraft' }) satisfies z.ZodType<TermsDraft>;

export const draftInputSchema = z.strictObject({
  title: text(120).min(1),
  summary: text(2_000),
  terms: termsDraftSchema,
});
