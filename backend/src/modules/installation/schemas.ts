import { z } from 'zod';
import { addressSchema, timeSchema, uintSchema } from '../../platform/http/index.js';

const tokenInfo = z.object({
  address: addressSchema,
  symbol: z.string(),
  decimals: z.number().int(),
  name: z.string(),
  version: z.string(),
});

export const configSchema = z
  .object({
    mode: z.enum(['local', 'live']),
    chainId: z.number().int(),
    rpcUrl: z.string(),
    contracts: z.record(z.string(), addressSchema),
    token: tokenInfo,
    feeBps: z.number().int(),
    localAccounts: z
      .array(z.object({ index: z.number().int(), name: z.string(), address: addressSchema, role: z.string() }))
      .optional(),
    oracle: z.object({ label: z.string(), creOracle: addressSchema, runnerAddress: addressSchema.optional() }),
    limits: z.object({ maxFileBytes: z.number().int(), maxFiles: z.number().int() }),
    finalityDepth: z.number().int(),
  })
  .meta({ id: 'Config' });

export const statusSchema = z
  .object({
    chain: z.object({
      block: z.number().int().nullable(),
      time: timeSchema.nullable(),
      indexedBlock: z.number().int(),
      finalizedBlock: z.number().int(),
      gaps: z.number().int(),
      alarm: z.string().nullable(),
    }),
    relayer: z.object({
      address: addressSchema,
      balance: uintSchema.nullable(),
      open: z.number().int(),
      alarm: z.string().nullable(),
    }),
    log: z.object({ size: z.string(), pending: z.number().int(), halted: z.string().nullable() }),
    oracle: z.object({
      label: z.string(),
      reachable: z.boolean(),
      ok: z.boolean().nullable(),
      lastBlock: z.number().int().nullable(),
    }),
  })
  .meta({ id: 'Status' });
