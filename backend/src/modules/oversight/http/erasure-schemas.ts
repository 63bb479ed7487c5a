import { z } from 'zod';
import { idSchema, timeSchema } from '../../../platform/http/index.js';
import { ERASURE_REASONS, HOLD_REASONS, REFUSAL_REASONS } from '../domain/erasure-plan.js';
import { completeBy, type ErasurePlan } from '../application/erasures.js';
import type { ErasureRecord, Hold } from '../persistence/erasure.repository.js';

export const erasureSchema = z
  .object({
    id: idSchema,
    state: z.enum(['open', 'withdrawn', 'refused', 'executed']),
    requestedAt: timeSchema,
    decidedAt: timeSchema.nullable(),
    reason: z.string().nullable(),
    event: idSchema
      .nullable()
      .meta({ description: 'Entry of the log that records the decision; its proof is the receipt' }),
    completeBy: timeSchema
      .nullable()
      .meta({ description: 'From then on no backup can be opened either; null unless executed' }),
  })
  .meta({ id: 'Erasure' });

export const holdSchema = z
  .object({ id: idSchema, reason: z.enum(HOLD_REASONS), setAt: timeSchema })
  .meta({ id: 'Hold' });
export const holdListSchema = z.object({ items: z.array(holdSchema) });

export const erasurePlanSchema = z
  .object({
    goes: z.array(z.object({ what: z.string(), count: z.number().int() })),
    stays: z.array(z.object({ what: z.string(), why: z.string() })),
    projects: z.array(z.object({ id: idSchema, title: z.string() })),
    holds: z.array(holdSchema),
    request: erasureSchema.nullable(),
  })
  .meta({ id: 'ErasurePlan' });

export const erasureListSchema = z.object({
  items: z.array(
    erasureSchema
      .extend({ person: idSchema, name: z.string().nullable(), holds: z.array(holdSchema) })
      .meta({ id: 'ErasureCase' }),
  ),
});

export const executionSchema = z
  .object({
    request: erasureSchema,
    erased: z.object({ sections: z.number().int(), keys: z.number().int(), pseudonyms: z.number().int() }),
    receipt: z.string().meta({ description: 'Signed note: the entry is in the log within a minute' }),
  })
  .meta({ id: 'ErasureExecution' });

export const erasureIdSchema = z.object({ id: idSchema });
export const executeInputSchema = z.strictObject({ reason: z.enum(ERASURE_REASONS) });
export const refuseInputSchema = z.strictObject({ reason: z.enum(REFUSAL_REASONS) });
export const holdInputSchema = z.strictObject({ person: idSchema, reason: z.enum(HOLD_REASONS) });

export const erasureView = (record: ErasureRecord): z.infer<typeof erasureSchema> => ({
  id: record.id,
  state: record.state,
  requestedAt: record.requestedAt.toISOString(),
  decidedAt: record.decidedAt?.toISOString() ?? null,
  reason: record.reason,
  event: record.event,
  completeBy:
    record.state === 'executed' && record.decidedAt !== null ? completeBy(record.decidedAt).toISOString() : null,
});

export const holdView = (hold: Hold): z.infer<typeof holdSchema> => ({
  id: hold.id,
  reason: hold.reason,
  setAt: hold.setAt.toISOString(),
});

export const planView = (plan: ErasurePlan): z.infer<typeof erasurePlanSchema> => ({
  goes: plan.goes.map((item) => ({ ...item })),
  stays: plan.stays.map((item) => ({ ...item })),
  projects: plan.projects.map((item) => ({ ...item })),
  holds: plan.holds.map(holdView),
  request: plan.request === null ? null : erasureView(plan.request),
});
