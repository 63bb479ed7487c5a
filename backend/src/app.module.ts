import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { AuditModule } from './modules/audit/index.js';
import { IdentityModule } from './modules/identity/index.js';
import { ConfigModule, type Config } from './platform/config/index.js';
import { DatabaseModule } from './platform/database/index.js';
import { HealthModule } from './platform/health/index.js';
import { HttpModule } from './platform/http/index.js';
import { OutboxModule } from './platform/outbox/index.js';
import { WorkersModule } from './platform/workers/index.js';

/** Global parts that the features stand on. */
const platformModules: readonly Type[] = [DatabaseModule, HttpModule, HealthModule, WorkersModule, OutboxModule];

/** The features, one line each. */
const featureModules: readonly Type[] = [AuditModule, IdentityModule];

/** The whole application; every role runs the same graph, workers start by role. */
@Module({})
export class AppModule {
  static register(config: Config): DynamicModule {
    return { module: AppModule, imports: [ConfigModule.register(config), ...platformModules, ...featureModules] };
  }
}
