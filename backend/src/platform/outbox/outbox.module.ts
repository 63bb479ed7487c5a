import { Global, Inject, Logger, Module, type OnModuleInit } from '@nestjs/common';
import { CONFIG, type Config } from '../config/index.js';
import { Workers } from '../workers/index.js';
import { ProjectAccess } from './access.js';
import { EventsController } from './events.controller.js';
import { FeedReader } from './feed-reader.js';
import { Notifier } from './notifier.js';
import { OutboxService } from './outbox.service.js';

/** Announcements: written in transactions, published in order, streamed to readers. */
@Global()
@Module({
  controllers: [EventsController],
  providers: [OutboxService, ProjectAccess, FeedReader],
  exports: [OutboxService, ProjectAccess],
})
export class OutboxModule implements OnModuleInit {
  constructor(
    private readonly workers: Workers,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onModuleInit(): void {
    const { databaseUrl } = this.config;
    if (databaseUrl === undefined) return;
    const logger = new Logger(Notifier.name);
    const notifier = new Notifier({ databaseUrl, log: (message) => logger.warn(message) });
    this.workers.register({
      name: 'notifier',
      start: () => {
        notifier.start();
        return Promise.resolve();
      },
      stop: () => notifier.stop(),
    });
  }
}
