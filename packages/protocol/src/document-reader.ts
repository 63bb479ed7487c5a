/** Strict reading of schema'd documents: every field is asked for by name, and what was not asked for is refused. */
import { DocumentError, type Hex } from './canonical.js';

/** Reads the fields of one object; call {@link ObjectReader.done} last, it refuses fields nobody asked for. */
export class ObjectReader {
  private readonly fields: Record<string, unknown>;
  private readonly seen = new Set<string>();

  constructor(
    value: unknown,
    readonly path: string,
  ) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new DocumentError(path, 'an object is expected');
    }
    this.fields = value as Record<string, unknown>;
  }

  has(key: string): boolean {
    return Object.hasOwn(this.fields, key);
  }

  /** The raw value of a field that must be there. */
  raw(key: string): unknown {
    this.seen.add(key);
    if (!this.has(key)) throw new DocumentError(this.at(key), 'missing');
    return this.fields[key];
  }

  /** Text of `min` to `max` UTF-16 units. */
  text(key: string, min: number, max: number): string {
    const value = this.raw(key);
    if (typeof value !== 'string' || value.length < min || value.length > max) {
      throw new DocumentError(this.at(key), `text of ${String(min)} to ${String(max)} characters is expected`);
    }
    return value;
  }

  /** Text that matches a pattern; `what` says in words what is expected. */
  pattern(key: string, pattern: RegExp, what: string): string {
    const value = this.raw(key);
    if (typeof value !== 'string' || !pattern.test(value)) throw new DocumentError(this.at(key), `${what} is expected`);
    return value;
  }

  /** 32 bytes: `0x` and 64 lower-case hex digits. */
  bytes32(key: string): Hex {
    return this.pattern(key, /^0x[0-9a-f]{64}$/, '0x and 64 lower-case hex digits') as Hex;
  }

  integer(key: string, min: number, max: number): number {
    const value = this.raw(key);
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) {
      throw new DocumentError(this.at(key), `an integer from ${String(min)} to ${String(max)} is expected`);
    }
    return value;
  }

  oneOf<const T extends string>(key: string, allowed: readonly T[]): T {
    const value = this.raw(key);
    const found = allowed.find((item) => item === value);
    if (found === undefined) throw new DocumentError(this.at(key), `one of ${allowed.join(', ')} is expected`);
    return found;
  }

  bool(key: string): boolean {
    const value = this.raw(key);
    if (typeof value !== 'boolean') throw new DocumentError(this.at(key), 'true or false is expected');
    return value;
  }

  /** A list of `min` to `max` items, each read by `read(item, path)`. */
  list<T>(key: string, min: number, max: number, read: (item: unknown, path: string) => T): T[] {
    const value = this.raw(key);
    if (!Array.isArray(value) || value.length < min || value.length > max) {
      throw new DocumentError(this.at(key), `a list of ${String(min)} to ${String(max)} items is expected`);
    }
    return value.map((item: unknown, i) => read(item, `${this.at(key)}[${String(i)}]`));
  }

  /** Refuses every field that was not read. */
  done(): void {
    for (const key of Object.keys(this.fields)) {
      if (!this.seen.has(key)) throw new DocumentError(this.at(key), 'unknown field');
    }
  }

  at(key: string): string {
    return `${this.path}.${key}`;
  }
}

/** Refuses a list with repeats. */
export function requireUnique(values: readonly string[], path: string): void {
  if (new Set(values).size !== values.length) throw new DocumentError(path, 'an entry is repeated');
}
