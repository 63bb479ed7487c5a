import { z } from 'zod';
import { bytes32Schema, idSchema, pageOf, pageQuerySchema, timeSchema } from '../../../platform/http/index.js';

/** One event of the audit trail. */
export const auditEventSchema = z
  .object({
    id: idSchema,
    index: z
      .number()
      .int()
      .min(0)
      .nullable()
      .meta({ description: 'Place in the log; null for the second or so until it has one' }),
    type: z.string(),
    at: timeSchema,
    actor: z.string().meta({ description: 'p:… a pseudonym of a person in this project, chain:<id> or system:<name>' }),
    person: z
      .string()
      .nullable()
      .meta({ description: 'Id of the person behind the pseudonym; null for chain and system, and after erasure' }),
    subject: z.array(z.string()).length(2).meta({ description: 'Kind and id of what it is about' }),
    project: z.string().nullable(),
    source: z.enum(['app', 'chain']),
    chain: z
      .object({ chainId: z.number().int(), block: bytes32Schema, tx: bytes32Schema, log: z.number().int() })
      .nullable(),
    refs: z.record(z.string(), z.unknown()),
    sections: z.record(z.string(), z.unknown()).meta({ description: 'Details by section; null where erased' }),
    leafHash: bytes32Schema,
  })
  .meta({ id: 'AuditEvent' });
export type AuditEventView = z.infer<typeof auditEventSchema>;

export const auditEventPageSchema = pageOf(auditEventSchema).meta({ id: 'AuditEventPage' });
export const auditEventQuerySchema = pageQuerySchema.extend({
  project: z.string().min(1).max(128).optional(),
  cursor: idSchema.optional(),
});

export const eventIdSchema = z.object({ eventId: idSchema });
export const exportQuerySchema = z.object({
  milestone: z.coerce
    .number()
    .int()
    .min(0)
    .max(15)
    .optional()
    .meta({ description: 'Number from 0; left out: the whole project' }),
});
export const projectIdSchema = z.object({ project: z.string().min(1).max(128) });

const sizeSchema = z.string().regex(/^(0|[1-9][0-9]{0,17})$/, 'must be a number of entries without leading zeros');
export const consistencyQuerySchema = z.object({ from: sizeSchema, to: sizeSchema.optional() });

export const consistencySchema = z
  .object({
    from: sizeSchema,
    to: sizeSchema,
    proof: z.array(z.string()).meta({ description: 'RFC 9162 consistency proof, Base64' }),
    checkpoint: z
      .string()
      .nullable()
      .meta({ description: 'Signed head of size `to`; null if that size was never signed' }),
  })
  .meta({ id: 'ConsistencyProof' });

export const reportSchema = z
  .object({
    outcome: z.enum(['good', 'bad-proof', 'bad-input', 'policy-not-met']),
    problems: z.array(z.string()),
    head: z
      .object({ origin: z.string(), size: z.string(), root: z.string(), signedBy: z.array(z.string()) })
      .nullable(),
    entries: z.array(
      z.object({
        index: z.string(),
        id: z.string(),
        type: z.string(),
        at: z.number(),
        subject: z.array(z.string()),
        opened: z.array(z.string()),
        closed: z.array(z.string()),
      }),
    ),
  })
  .meta({ id: 'VerificationReport' });
