import { Module } from '@nestjs/common';
import { IdentityModule } from '../identity/index.js';
import { ProjectsModule } from '../projects/index.js';
import { DeliverableRights } from './application/deliverable-rights.js';
import { MakeManifest } from './application/make-manifest.js';
import { PublicManifests } from './application/public-manifests.js';
import { ReadSubmissions } from './application/read-submissions.js';
import { UploadFile } from './application/upload-file.js';
import { DeliverablesController } from './http/deliverables.controller.js';
import { SubmissionsController } from './http/submissions.controller.js';
import { DeliverableRepository } from './persistence/deliverable.repository.js';

@Module({
  imports: [IdentityModule, ProjectsModule],
  controllers: [DeliverablesController, SubmissionsController],
  providers: [DeliverableRepository, DeliverableRights, MakeManifest, PublicManifests, ReadSubmissions, UploadFile],
  exports: [PublicManifests],
})
export class DeliverablesModule {}
