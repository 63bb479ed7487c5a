import { z } from 'zod';
import {
  addressSchema,
  bpsSchema,
  bytes32Schema,
  idSchema,
  timeSchema,
  uintSchema,
} from '../../../platform/http/index.js';

export const projectParamsSchema = z.object({ id: idSchema });

export const rewardLineSchema = z
  .object({
    project: idSchema.nullable(),
    projectTitle: z.string(),
    milestone: z.number().int(),
    account: addressSchema,
    role: z.string(),
    source: z.enum(['milestone', 'holdback']),
    fee: uintSchema,
    netFee: uintSchema,
    base: uintSchema,
    shareBps: bpsSchema,
    factors: z.object({ w: bpsSchema, q: bpsSchema, t: bpsSchema, r: bpsSchema }),
    settle: uintSchema,
    tokens: uintSchema,
    epoch: z.number().int(),
    state: z.enum(['accrued']),
    at: timeSchema,
    txHash: bytes32Schema,
  })
  .meta({ id: 'RewardLine' });

export const myRewardsSchema = z
  .object({
    epoch: z.number().int(),
    settleTotal: uintSchema,
    tokensTotal: uintSchema,
    reputation: uintSchema,
    lines: z.array(rewardLineSchema),
  })
  .meta({ id: 'MyRewards' });

export const projectRewardsSchema = z.object({ lines: z.array(rewardLineSchema) }).meta({ id: 'ProjectRewards' });
