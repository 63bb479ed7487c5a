import { DataSource, type MigrationInterface } from 'typeorm';

export interface DataSourceOptions {
  /** Connections of the pool. */
  readonly poolSize?: number;
  /** Longest statement in ms; 0 = none (migrations, rebuilds). */
  readonly statementTimeout?: number;
  readonly migrations?: readonly (new () => MigrationInterface)[];
  readonly applicationName?: string;
}

/**
 * A Postgres data source that is not connected yet. Rows are read and written by SQL: the schema belongs to the
 * migrations, never to `synchronize`.
 */
export function createDataSource(url: string, options: DataSourceOptions = {}): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    entities: [],
    synchronize: false,
    migrationsRun: false,
    migrationsTableName: 'schema_migration',
    migrationsTransactionMode: 'each',
    migrations: [...(options.migrations ?? [])],
    installExtensions: false,
    poolSize: options.poolSize ?? 10,
    applicationName: options.applicationName ?? 'milepost',
    extra: {
      lock_timeout: 3_000,
      statement_timeout: options.statementTimeout ?? 15_000,
      connectionTimeoutMillis: 5_000,
    },
    // Off: failed statements would be printed with their parameters. Whoever catches the error reports it.
    logging: false,
  });
}
