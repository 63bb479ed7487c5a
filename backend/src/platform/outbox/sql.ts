/**
 * The one thing a service needs from its caller's transaction. Satisfied by TypeORM's `EntityManager` (also `DataSource`,
 * `QueryRunner`) and by a `pg` client, so raw ingestion and use cases share the same append.
 */
export interface Sql {
  query(text: string, values?: unknown[]): Promise<unknown>;
}

/** Rows of a SELECT, or of a write with RETURNING, from either driver. TypeORM answers UPDATE and DELETE with `[rows, count]`. */
export function rowsOf<T>(result: unknown): T[] {
  if (Array.isArray(result)) {
    const [first, second] = result as unknown[];
    return (result.length === 2 && Array.isArray(first) && typeof second === 'number' ? first : result) as T[];
  }
  if (typeof result === 'object' && result !== null && 'rows' in result && Array.isArray(result.rows))
    return result.rows as T[];
  throw new TypeError('the query result is neither an array of rows nor a pg result');
}
