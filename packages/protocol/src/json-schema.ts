/**
 * The part of JSON Schema (draft-07) that this project's documents use, with error messages in words. One schema is the
 * committed file, the check and the message: they cannot drift apart.
 */
import { DocumentError } from './canonical.js';

export interface JsonSchema {
  readonly $schema?: string;
  readonly $id?: string;
  readonly title?: string;
  /** What is expected, in words that fit before "is expected". Used when a value does not fit. */
  readonly description?: string;
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  readonly const?: string;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: false | JsonSchema;
  readonly propertyNames?: JsonSchema;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  /** Objects that differ by one constant field; the first constant property of each names the field. */
  readonly oneOf?: readonly JsonSchema[];
}

/**
 * Checks a value.
 * @throws DocumentError naming the first spot that does not fit and what is expected there.
 */
export function checkSchema(schema: JsonSchema, value: unknown, path = '$'): void {
  if (schema.oneOf !== undefined) {
    checkSchema(branchOf(schema.oneOf, value, path), value, path);
    return;
  }
  if (schema.const !== undefined || schema.enum !== undefined) {
    const allowed = schema.const === undefined ? (schema.enum ?? []) : [schema.const];
    if (!allowed.some((one) => one === value)) throw new DocumentError(path, expected(schema));
    return;
  }
  switch (schema.type) {
    case 'object':
      checkObject(schema, value, path);
      return;
    case 'array':
      checkArray(schema, value, path);
      return;
    case 'string': {
      const fits =
        typeof value === 'string' &&
        // Characters as JSON Schema counts them: code points, not UTF-16 units.
        inRange([...value].length, schema.minLength, schema.maxLength) &&
        (schema.pattern === undefined || new RegExp(schema.pattern).test(value));
      if (!fits) throw new DocumentError(path, expected(schema));
      return;
    }
    case 'integer':
      if (typeof value !== 'number' || !Number.isSafeInteger(value) || !inRange(value, schema.minimum, schema.maximum))
        throw new DocumentError(path, expected(schema));
      return;
    case 'boolean':
      if (typeof value !== 'boolean') throw new DocumentError(path, expected(schema));
      return;
    default:
  }
}

function checkObject(schema: JsonSchema, value: unknown, path: string): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new DocumentError(path, expected(schema));
  const fields = value as Record<string, unknown>;
  const properties = schema.properties ?? {};
  for (const key of schema.required ?? []) {
    if (!Object.hasOwn(fields, key) || fields[key] === undefined) throw new DocumentError(`${path}.${key}`, 'missing');
  }
  for (const [key, field] of Object.entries(fields)) {
    const at = `${path}.${key}`;
    const known = Object.hasOwn(properties, key) ? properties[key] : schema.additionalProperties;
    if (known === false) throw new DocumentError(at, 'unknown field');
    if (schema.propertyNames !== undefined) checkSchema(schema.propertyNames, key, at);
    if (known !== undefined) checkSchema(known, field, at);
  }
}

function checkArray(schema: JsonSchema, value: unknown, path: string): void {
  if (!Array.isArray(value) || !inRange(value.length, schema.minItems, schema.maxItems))
    throw new DocumentError(path, expected(schema));
  const items = value as unknown[];
  items.forEach((item, i) => {
    if (schema.items !== undefined) checkSchema(schema.items, item, `${path}[${String(i)}]`);
  });
  if (schema.uniqueItems === true && new Set(items).size !== items.length)
    throw new DocumentError(path, 'an entry is repeated');
}

/** The branch whose constant field has the value's word. */
function branchOf(branches: readonly JsonSchema[], value: unknown, path: string): JsonSchema {
  const field = Object.entries(branches[0]?.properties ?? {}).find(([, one]) => one.const !== undefined)?.[0] ?? '';
  const words = branches.map((branch) => branch.properties?.[field]?.const ?? '');
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new DocumentError(path, 'an object is expected');
  const word = (value as Record<string, unknown>)[field];
  const found = branches[words.findIndex((one) => one === word)];
  if (found === undefined) throw new DocumentError(`${path}.${field}`, `one of ${words.join(', ')} is expected`);
  return found;
}

function expected(schema: JsonSchema): string {
  return `${schema.description ?? described(schema)} is expected`;
}

function described(schema: JsonSchema): string {
  const span = (min: number | undefined, max: number | undefined): string =>
    `${String(min ?? 0)} to ${max === undefined ? 'any number of' : String(max)}`;
  if (schema.const !== undefined) return `"${schema.const}"`;
  if (schema.enum !== undefined) return `one of ${schema.enum.join(', ')}`;
  switch (schema.type) {
    case 'object':
      return 'an object';
    case 'array':
      return `a list of ${span(schema.minItems, schema.maxItems)} items`;
    case 'integer':
      return `an integer from ${String(schema.minimum ?? 'any')} to ${String(schema.maximum ?? 'any')}`;
    case 'boolean':
      return 'true or false';
    case 'string':
      return `text of ${span(schema.minLength, schema.maxLength)} characters`;
    default:
      return 'another value';
  }
}

function inRange(value: number, min: number | undefined, max: number | undefined): boolean {
  return (min === undefined || value >= min) && (max === undefined || value <= max);
}
