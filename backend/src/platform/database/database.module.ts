import { Global, Injectable, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { CONFIG, type Config } from '../config/index.js';
import { createDataSource } from './data-source.js';
import { UnitOfWork } from './unit-of-work.js';

/** Connects when the application starts; the data source itself is built without a connection. */
@Injectable()
class DatabaseConnection implements OnModuleInit, OnApplicationShutdown {
  constructor(private readonly dataSource: DataSource) {}

  async onModuleInit(): Promise<void> {
    if (!this.dataSource.isInitialized) await this.dataSource.initialize();
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }
}

@Global()
@Module({
  providers: [
    {
      provide: DataSource,
      inject: [CONFIG],
      // The fallback is never dialled: it lets tools that need no database build the application.
      useFactory: (config: Config) =>
        createDataSource(config.databaseUrl ?? 'postgres://unset@127.0.0.1:1/unset', {
          statementTimeout: config.role === 'api' ? 15_000 : 60_000,
        }),
    },
    UnitOfWork,
    DatabaseConnection,
  ],
  exports: [DataSource, UnitOfWork],
})
export class DatabaseModule {}
