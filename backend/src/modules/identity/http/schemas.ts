import { z } from 'zod';
import { addressSchema, hexSchema, idSchema, timeSchema } from '../../../platform/http/index.js';
import { MAX_NAME } from '../domain/person-name.js';

export const personSchema = z.object({ id: idSchema, name: z.string(), address: addressSchema }).meta({ id: 'Person' });

export const nonceSchema = z.object({ nonce: z.string(), expiresAt: timeSchema });
export const siweInputSchema = z.strictObject({
  message: z.string().min(1).max(4_000),
  signature: hexSchema.min(4),
});
export const signedInSchema = z.object({ person: personSchema });
export const sessionSchema = z.object({ person: personSchema.nullable() });
export const meInputSchema = z.strictObject({ name: z.string().min(1).max(MAX_NAME) });
export const peopleSchema = z.object({ items: z.array(personSchema) });
