import { type DynamicModule, Global, Module } from '@nestjs/common';
import { CONFIG, type Config } from './config.js';
import { DEPLOYMENT, loadDeployment } from './deployment.js';

/** Makes {@link CONFIG} and {@link DEPLOYMENT} injectable everywhere. */
@Global()
@Module({})
export class ConfigModule {
  static register(config: Config): DynamicModule {
    return {
      module: ConfigModule,
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: DEPLOYMENT, useFactory: () => loadDeployment(config) },
      ],
      exports: [CONFIG, DEPLOYMENT],
    };
  }
}
