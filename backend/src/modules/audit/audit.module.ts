import { join } from 'node:path';
import { Global, Inject, Logger, Module, type OnModuleInit } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { CONFIG, type Config } from '../../platform/config/index.js';
import { KeeperTasks } from '../../platform/chain/index.js';
import { Workers } from '../../platform/workers/index.js';
import { AuditReading } from './application/audit-reading.js';
import { ProjectClaims } from './application/project-claims.js';
import { SubjectErasure } from './application/subject-erasure.js';
import { SubjectSeals } from './application/subject-seals.js';
import { PostgresAudit } from './application/postgres-audit.js';
import { TrailAccess } from './application/trail-access.js';
import { AuditService } from './audit.service.js';
import { AuditController } from './http/audit.controller.js';
import { AuditScope } from './http/audit-scope.js';
import { LogController } from './http/log.controller.js';
import { Anchorer } from './log/anchorer.js';
import { HeadFile } from './log/head-file.js';
import { LogIdentity } from './log/log-identity.js';
import { writePolicy } from './log/log-keys.js';
import { Sequencer } from './log/sequencer.js';
import { Signer } from './log/signer.js';
import { Witnesses } from './log/witnesses.js';
import { EventStore } from './persistence/event-store.js';
import { TrailStore } from './persistence/trail-store.js';
import { LogStore } from './persistence/log-store.js';

/** The audit trail: any module appends, one sequencer turns events into a log, anyone verifies. */
@Global()
@Module({
  controllers: [LogController, AuditController],
  providers: [
    LogIdentity,
    LogStore,
    EventStore,
    TrailStore,
    AuditReading,
    ProjectClaims,
    SubjectErasure,
    SubjectSeals,
    TrailAccess,
    Anchorer,
    { provide: APP_INTERCEPTOR, useClass: AuditScope },
    {
      provide: AuditService,
      inject: [LogIdentity],
      useFactory: (identity: LogIdentity) => new PostgresAudit(identity),
    },
  ],
  exports: [AuditService, LogStore, AuditReading, ProjectClaims, SubjectErasure, SubjectSeals, TrailAccess],
})
export class AuditModule implements OnModuleInit {
  private readonly logger = new Logger('Sequencer');
  private sequencer: Sequencer | null = null;

  constructor(
    private readonly workers: Workers,
    private readonly identity: LogIdentity,
    private readonly audit: AuditService,
    private readonly anchorer: Anchorer,
    private readonly keeper: KeeperTasks,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onModuleInit(): void {
    this.keeper.register(this.anchorer);
    this.workers.register({
      name: 'sequencer',
      start: () => {
        this.startSequencer();
        return Promise.resolve();
      },
      stop: async () => this.sequencer?.stop(),
    });
  }

  private startSequencer(): void {
    const { dataDir } = this.config;
    const databaseUrl = this.config.sequencerDatabaseUrl ?? this.config.databaseUrl;
    if (databaseUrl === undefined || !this.identity.isDeployed) {
      this.logger.warn(
        'There is no deployment record: events are recorded, but the log has no name to grow under yet.',
      );
      return;
    }
    const { origin, signers, verifiers } = this.identity.log;
    writePolicy(this.config, this.identity.policy);
    const witnesses = new Witnesses(
      this.config.witnessUrls,
      this.identity.witnessFile,
      origin,
      verifiers,
      (message) => {
        this.logger.warn(message);
      },
    );
    this.sequencer = new Sequencer({
      databaseUrl,
      signer: new Signer(origin, signers, verifiers, new HeadFile(join(dataDir, 'log', 'head')), [
        () => this.anchorer.knownHead(),
        ...witnesses.knownHeads(),
      ]),
      witnesses,
      log: (message) => this.logger.warn(message),
      onHalt: async (db, reason) => {
        await this.audit.append(db, {
          type: reason === null ? 'log.resumed' : 'log.halted',
          subject: ['log', 'main'],
          actor: { system: 'sequencer' },
          ...(reason === null ? {} : { sections: [{ section: 'reason', data: { text: reason } }] }),
        });
      },
    });
    this.sequencer.start();
  }
}
