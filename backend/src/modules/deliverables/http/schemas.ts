import { z } from 'zod';
import { bytes32Schema, idSchema, timeSchema } from '../../../platform/http/index.js';
import { MAX_FILES } from '../domain/limits.js';

export const milestoneParamsSchema = z.object({ id: idSchema, n: z.coerce.number().int().min(0).max(15) });
export const submissionParamsSchema = z.object({ digest: bytes32Schema });
export const fileParamsSchema = z.object({ digest: bytes32Schema, sha256: bytes32Schema });

export const uploadSchema = z
  .object({ sha256: bytes32Schema, size: z.number().int(), name: z.string() })
  .meta({ id: 'Upload' });

const factsSchema = z.strictObject({
  commit: z
    .string()
    .regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/)
    .optional(),
  manifestRoot: bytes32Schema.optional(),
  lotItems: z.number().int().min(1).max(10_000_000).optional(),
  counts: z.record(z.string().regex(/^[a-z][A-Za-z0-9]{0,31}$/), z.number().int().min(0)).optional(),
});

export const manifestInputSchema = z.strictObject({
  files: z
    .array(z.strictObject({ sha256: bytes32Schema, name: z.string().min(1).max(180) }))
    .min(1)
    .max(MAX_FILES),
  note: z.string().max(4_000),
  facts: factsSchema.optional(),
});

const publicManifest = z
  .object({
    schema: z.string(),
    facts: z.record(z.string(), z.unknown()),
    evidence: z.array(z.object({ name: z.string(), sha256: bytes32Schema })),
    confidential: bytes32Schema,
  })
  .meta({ id: 'PublicManifest' });

const confidentialManifest = z
  .object({ schema: z.string(), salt: bytes32Schema, note: z.string(), files: z.array(uploadSchema) })
  .meta({ id: 'ConfidentialManifest' });

export const manifestSchema = z.object({ manifest: publicManifest, confidential: confidentialManifest });
export const madeManifestSchema = manifestSchema.extend({ digest: bytes32Schema });

export const submissionSchema = z
  .object({
    digest: bytes32Schema,
    round: z.number().int(),
    note: z.string(),
    files: z.array(uploadSchema),
    manifest: publicManifest.nullable(),
    submittedAt: timeSchema.nullable(),
  })
  .meta({ id: 'Submission' });

export const submissionsSchema = z.object({ items: z.array(submissionSchema) });
