import { Controller, Get, Module } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { migrations } from '../../migrations/index.js';
import { pendingMigrations } from '../database/index.js';
import { Problem, Public } from '../http/index.js';

/** For whoever watches the process. */
@ApiExcludeController()
@Controller()
export class HealthController {
  constructor(private readonly dataSource: DataSource) {}

  /** The event loop turns. */
  @Get('healthz')
  @Public()
  alive(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** The database answers and its schema is ours. */
  @Get('readyz')
  @Public()
  async ready(): Promise<{ status: 'ready' }> {
    const pending = await pendingMigrations(this.dataSource, migrations).catch(() => undefined);
    if (pending === undefined) throw new Problem(503, 'not-ready', 'The database does not answer.');
    if (pending.length > 0)
      throw new Problem(503, 'not-ready', `Migrations are pending: ${pending.join(', ')}. Run the migrate command.`);
    return { status: 'ready' };
  }
}

@Module({ controllers: [HealthController] })
export class HealthModule {}
