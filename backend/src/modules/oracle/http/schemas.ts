import { z } from 'zod';
import {
  addressSchema,
  bpsSchema,
  bytes32Schema,
  hexSchema,
  idSchema,
  timeSchema,
} from '../../../platform/http/index.js';

export const documentParamsSchema = z.object({ sha256: bytes32Schema });
export const storedDocumentSchema = z.object({ sha256: bytes32Schema });
export const requestParamsSchema = z.object({ requestId: bytes32Schema });
export const requestsQuerySchema = z.object({ project: idSchema });

export const oracleRequestSchema = z
  .object({
    requestId: bytes32Schema,
    project: idSchema.nullable(),
    milestone: z.number().int(),
    round: z.number().int(),
    digest: bytes32Schema,
    criteriaHash: bytes32Schema,
    requestedAt: timeSchema,
    expiresAt: timeSchema,
    state: z.enum(['waiting', 'recorded', 'answered', 'expired']),
    missing: z.string().nullable(),
    verdict: z.enum(['passed', 'failed']).nullable(),
    payBps: bpsSchema.nullable(),
    evidenceHash: bytes32Schema.nullable(),
    recordedAt: timeSchema.nullable(),
    txHash: bytes32Schema.nullable(),
    checks: z.array(z.object({ id: z.string(), label: z.string(), passed: z.boolean(), detail: z.string() })),
    nodes: z.array(z.object({ name: z.string(), address: addressSchema, signed: z.boolean(), note: z.string() })),
    network: z.string(),
    milliseconds: z.number().int().nullable(),
  })
  .meta({ id: 'OracleRequest' });

export const oracleRequestsSchema = z.object({ items: z.array(oracleRequestSchema) });

const signatureSchema = z.strictObject({ signer: addressSchema, signature: hexSchema });
/** What the network says about each node; fields for diagnosis are accepted and not kept. */
const nodeSchema = z.object({
  node: z.number().int(),
  signer: addressSchema,
  error: z.string().max(4_000).nullable(),
  milliseconds: z.number().min(0),
});

export const reportInputSchema = z.object({
  rawReport: hexSchema,
  reportContext: hexSchema,
  signatures: z.array(signatureSchema).min(1).max(31),
  outcome: z.enum(['delivered', 'refused', 'rejected', 'unsent']),
  txHash: bytes32Schema.nullable(),
  reason: z.string().max(4_000).nullable(),
  milliseconds: z
    .number()
    .min(0)
    .overwrite((value) => Math.round(value)),
  nodes: z.array(nodeSchema).max(31),
});

export const keptReportSchema = z.object({ id: idSchema, isNew: z.boolean() });
