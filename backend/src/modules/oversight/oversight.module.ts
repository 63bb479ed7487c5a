import { Module } from '@nestjs/common';
import { IdentityModule } from '../identity/index.js';
import { ProjectsModule } from '../projects/index.js';
import { AuditRoom } from './application/audit-room.js';
import { Auditors } from './application/auditors.js';
import { Erasures } from './application/erasures.js';
import { Holds } from './application/holds.js';
import { Operators } from './application/operators.js';
import { ErasureController } from './http/erasure.controller.js';
import { RoomController } from './http/room.controller.js';
import { AuditorRepository } from './persistence/auditor.repository.js';
import { ErasureRepository } from './persistence/erasure.repository.js';

/** Oversight: erasure, legal holds, and auditors. */
@Module({
  imports: [IdentityModule, ProjectsModule],
  controllers: [ErasureController, RoomController],
  providers: [AuditorRepository, ErasureRepository, AuditRoom, Auditors, Erasures, Holds, Operators],
  exports: [Erasures, Holds],
})
export class OversightModule {}
