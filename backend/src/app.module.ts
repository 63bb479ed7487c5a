import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { ApprovalsModule } from './modules/approvals/index.js';
import { AuditModule } from './modules/audit/index.js';
import { DeliverablesModule } from './modules/deliverables/index.js';
import { FactsModule } from './modules/facts/index.js';
import { IdentityModule } from './modules/identity/index.js';
import { InstallationModule } from './modules/installation/index.js';
import { IntentsModule } from './modules/intents/index.js';
import { OracleModule } from './modules/oracle/index.js';
import { OversightModule } from './modules/oversight/index.js';
import { ProjectsModule } from './modules/projects/index.js';
import { RewardsModule } from './modules/rewards/index.js';
import { ChainModule } from './platform/chain/index.js';
import { ConfigModule, type Config } from './platform/config/index.js';
import { DatabaseModule } from './platform/database/index.js';
import { HealthModule } from './platform/health/index.js';
import { HttpModule } from './platform/http/index.js';
import { OutboxModule } from './platform/outbox/index.js';
import { StoreModule } from './platform/store/index.js';
import { WorkersModule } from './platform/workers/index.js';

/** Global parts that the features stand on. */
const platformModules: readonly Type[] = [
  DatabaseModule,
  HttpModule,
  HealthModule,
  WorkersModule,
  OutboxModule,
  ChainModule,
  StoreModule,
];

/** The features, one line each. */
const featureModules: readonly Type[] = [
  AuditModule,
  IdentityModule,
  ProjectsModule,
  DeliverablesModule,
  IntentsModule,
  ApprovalsModule,
  OracleModule,
  RewardsModule,
  FactsModule,
  OversightModule,
  InstallationModule,
];

/** The whole application; every role runs the same graph, workers start by role. */
@Module({})
export class AppModule {
  static register(config: Config): DynamicModule {
    return { module: AppModule, imports: [ConfigModule.register(config), ...platformModules, ...featureModules] };
  }
}
