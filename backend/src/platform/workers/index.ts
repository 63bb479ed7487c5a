import {
  Global,
  Inject,
  Injectable,
  Logger,
  Module,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { CONFIG, type Config } from '../config/index.js';

/** A process that runs beside the API, e.g. the indexer. */
export interface BackgroundWorker {
  readonly name: string;
  /** Returns once running; keeps going until {@link stop}. */
  start(): Promise<void>;
  /** Finishes what is in hand and returns; called once. */
  stop(): Promise<void>;
}

/** Starts the registered workers in roles `worker` and `all`, and stops them in reverse order. */
@Injectable()
export class Workers implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #logger = new Logger(Workers.name);
  readonly #registered: BackgroundWorker[] = [];
  readonly #running: BackgroundWorker[] = [];

  constructor(@Inject(CONFIG) private readonly config: Config) {}

  /** Call from a constructor or `onModuleInit`. */
  register(worker: BackgroundWorker): void {
    this.#registered.push(worker);
  }

  async onApplicationBootstrap(): Promise<void> {
    if (this.config.role === 'api') return;
    for (const worker of this.#registered) {
      await worker.start();
      this.#running.push(worker);
      this.#logger.log(`${worker.name} started`);
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    for (const worker of this.#running.splice(0).reverse()) {
      await worker
        .stop()
        .catch((error: unknown) => this.#logger.error(`${worker.name} did not stop cleanly: ${String(error)}`));
    }
  }
}

@Global()
@Module({ providers: [Workers], exports: [Workers] })
export class WorkersModule {}
