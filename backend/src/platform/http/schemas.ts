import { getAddress, isAddress } from 'ethers';
import { z } from 'zod';

/** An account or contract; any letter case in, EIP-55 out. */
export const addressSchema = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, { error: 'must be 0x and 40 hex digits', abort: true })
  .refine((value) => isAddress(value), { error: 'has a wrong EIP-55 checksum; check for a typing error', abort: true })
  .overwrite((value) => getAddress(value));

/** 32 bytes as 0x and 64 hex digits, lower case. */
export const bytes32Schema = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}$/, { error: 'must be 0x and 64 hex digits', abort: true })
  .overwrite((value) => value.toLowerCase());

/** Any bytes as 0x hex. */
export const hexSchema = z
  .string()
  .regex(/^0x([0-9a-fA-F]{2})*$/, 'must be 0x and whole bytes in hex')
  .max(20_002);

/** Base units of a token (or any uint256) as a decimal string. */
export const uintSchema = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,77})$/, 'must be a whole number of base units without leading zeros');

/** RFC 3339, UTC. */
export const timeSchema = z.iso.datetime();

export const idSchema = z.uuid();

/** Fractions of 10,000. */
export const bpsSchema = z.number().int().min(0).max(10_000);

/** A call on its way to the chain, as every module that relays answers it. */
export const intentSchema = z
  .object({
    id: idSchema,
    kind: z.string(),
    project: idSchema.nullable(),
    milestone: z.number().int().nullable(),
    state: z.enum(['queued', 'signed', 'sent', 'included', 'final', 'refused', 'failed', 'expired']),
    txHash: bytes32Schema.nullable(),
    error: z.object({ code: z.string(), detail: z.string() }).nullable(),
  })
  .meta({ id: 'Intent' });

/** Keyset page: an opaque cursor and at most 100 items. */
export const pageQuerySchema = z.object({
  cursor: z.string().max(512).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(25),
});

/** A page of `item`s; `nextCursor` is null on the last one. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() });

/** The body of an RFC 9457 error. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.string(),
    detail: z.string(),
    requestId: z.string(),
    issues: z.array(z.object({ path: z.string(), code: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' });
