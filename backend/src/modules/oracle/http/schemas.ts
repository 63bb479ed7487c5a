import { LANE_DOCUMENTS } from '@milepost/protocol/judge/lane-evidence';
import { z } from 'zod';
import {
  addressSchema,
  bpsSchema,
  bytes32Schema,
  hexSchema,
  idSchema,
  timeSchema,
} from '../../../platform/http/index.js';
import type { NodeStatement } from '../domain/node-statement.js';
import { JOB_STATES, RUN_STATES } from '../domain/job-words.js';

export const documentParamsSchema = z.object({ sha256: bytes32Schema });
export const storedDocumentSchema = z.object({ sha256: bytes32Schema });
export const requestParamsSchema = z.object({ requestId: bytes32Schema });
/** Documents of a sampled batch, by name. */
export const evidenceParamsSchema = z.object({ requestId: bytes32Schema, name: z.enum(LANE_DOCUMENTS) });
export const isNewSchema = z.object({ isNew: z.boolean() });
export const requestsQuerySchema = z.object({ project: idSchema });

export const oracleRequestSchema = z
  .object({
    requestId: bytes32Schema,
    project: idSchema.nullable(),
    milestone: z.number().int(),
    round: z.number().int(),
    digest: bytes32Schema,
    criteriaHash: bytes32Schema,
    kind: z.string().nullable(),
    requestedAt: timeSchema,
    expiresAt: timeSchema,
    state: z.enum(['waiting', 'recorded', 'answered', 'expired']),
    missing: z.string().nullable(),
    job: z.object({
      state: z.enum(JOB_STATES),
      words: z.string(),
      next: z.object({ words: z.string(), at: timeSchema.nullable() }),
      attempts: z.number().int().nullable(),
    }),
    verdict: z.enum(['passed', 'failed']).nullable(),
    payBps: bpsSchema.nullable(),
    evidenceHash: bytes32Schema.nullable(),
    recordedAt: timeSchema.nullable(),
    txHash: bytes32Schema.nullable(),
    checks: z.array(z.object({ id: z.string(), label: z.string(), passed: z.boolean(), detail: z.string() })),
    evidence: z.array(z.object({ name: z.string(), sha256: bytes32Schema, url: z.string().nullable() })),
    nodes: z.array(
      z.object({
        name: z.string(),
        address: addressSchema,
        signed: z.boolean(),
        note: z.string(),
        answer: z.string().nullable(),
        agrees: z.boolean().nullable(),
        milliseconds: z.number().int().nullable(),
      }),
    ),
    hasReport: z.boolean(),
    network: z.string(),
    milliseconds: z.number().int().nullable(),
  })
  .meta({ id: 'OracleRequest' });

export const oracleRequestsSchema = z.object({ items: z.array(oracleRequestSchema) });

const signatureSchema = z.strictObject({ signer: addressSchema, signature: hexSchema });
const wholeMilliseconds = z
  .number()
  .min(0)
  .overwrite((value) => Math.round(value));
const words = z.string().max(4_000);

/** What one node said. Other fields, for diagnosis, are accepted and not kept; a node that says nothing of itself is one that spoke. */
const nodeSchema = z.object({
  node: z.number().int(),
  signer: addressSchema,
  status: z.enum(['verdict', 'not-ready', 'broken', 'error', 'silent']).optional(),
  verdict: z.enum(['passed', 'failed']).nullable().default(null),
  payBps: bpsSchema.nullable().default(null),
  metrics: bytes32Schema.nullable().default(null),
  evidenceHash: bytes32Schema.nullable().default(null),
  reasons: z.array(words).max(20).default([]),
  checks: z
    .array(z.object({ id: z.string().max(100), title: words, passed: z.boolean(), detail: words }))
    .max(100)
    .default([]),
  evidence: z
    .array(z.object({ name: z.string().max(100), sha256: bytes32Schema, text: z.string().max(100_000).optional() }))
    .max(20)
    .default([]),
  error: words.nullable(),
  milliseconds: wholeMilliseconds,
});
const statementSchema = nodeSchema.transform((said): NodeStatement => ({
  ...said,
  status: said.status ?? (said.error === null ? 'verdict' : 'error'),
}));

/** A run that signed nothing. */
export const runInputSchema = z.object({
  executionId: bytes32Schema,
  attempt: z.number().int().min(1),
  state: z.enum(RUN_STATES),
  error: words.nullable(),
  retryAt: timeSchema.nullable(),
  milliseconds: wholeMilliseconds,
  nodes: z.array(statementSchema).max(31),
});

export const reportInputSchema = z.object({
  rawReport: hexSchema,
  reportContext: hexSchema,
  signatures: z.array(signatureSchema).min(1).max(31),
  outcome: z.enum(['delivered', 'refused', 'rejected', 'unsent']),
  txHash: bytes32Schema.nullable(),
  reason: z.string().max(4_000).nullable(),
  milliseconds: wholeMilliseconds,
  nodes: z.array(statementSchema).max(31),
});

export const keptReportSchema = z.object({ id: idSchema, isNew: z.boolean() });

/** What proves a verdict offline; its parts are described in `packages/protocol/src/oracle-proof.ts`. */
export const proofSchema = z.looseObject({ schema: z.string() }).meta({ id: 'OracleProof' });
