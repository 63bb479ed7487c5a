import { z } from 'zod';
import { addressSchema, idSchema, pageQuerySchema, timeSchema } from '../../../platform/http/index.js';
import { MAX_DAYS } from '../application/auditors.js';
import type { AuditorGrant } from '../persistence/auditor.repository.js';

export const auditorSchema = z
  .object({
    id: idSchema,
    project: idSchema,
    account: addressSchema,
    name: z.string().nullable(),
    grantedAt: timeSchema,
    expiresAt: timeSchema,
    revokedAt: timeSchema.nullable(),
  })
  .meta({ id: 'Auditor' });
export const auditorListSchema = z.object({ items: z.array(auditorSchema) });
export const auditorInputSchema = z.strictObject({
  account: addressSchema,
  days: z.number().int().min(1).max(MAX_DAYS).meta({ description: 'How long the right lasts' }),
});
export const projectParamsSchema = z.object({ id: idSchema });
export const auditorParamsSchema = z.object({ id: idSchema, auditor: idSchema });

export const roomSchema = z
  .object({
    operator: z.boolean(),
    projects: z.array(
      z.object({ id: idSchema, title: z.string(), via: z.enum(['member', 'auditor']), until: timeSchema.nullable() }),
    ),
    kinds: z.array(z.string()),
  })
  .meta({ id: 'AuditRoom' });

const filters = {
  project: idSchema.optional().meta({ description: 'Left out: every project you may read' }),
  person: idSchema.optional(),
  kind: z
    .string()
    .regex(/^[a-z]+(\.[a-z]+)?$/, 'must be a family (money) or a type (milestone.paid)')
    .max(64)
    .optional(),
  from: timeSchema.optional(),
  to: timeSchema.optional(),
};
export const trailQuerySchema = pageQuerySchema.extend({ ...filters, cursor: idSchema.optional() });
export const trailFileQuerySchema = z.object({ ...filters, format: z.enum(['csv', 'json']) });

export const auditorView = (
  grant: AuditorGrant,
  names: ReadonlyMap<string, string>,
): z.infer<typeof auditorSchema> => ({
  id: grant.id,
  project: grant.project,
  account: grant.account,
  name: names.get(grant.account) ?? null,
  grantedAt: grant.grantedAt.toISOString(),
  expiresAt: grant.expiresAt.toISOString(),
  revokedAt: grant.revokedAt?.toISOString() ?? null,
});
