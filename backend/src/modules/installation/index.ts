import { Module } from '@nestjs/common';
import { IdentityModule } from '../identity/index.js';
import { ProjectsModule } from '../projects/index.js';
import { InstallationController } from './installation.controller.js';
import { OracleProbe } from './oracle-probe.js';

/** What this installation is: `/config` and `/status`. */
@Module({ imports: [IdentityModule, ProjectsModule], controllers: [InstallationController], providers: [OracleProbe] })
export class InstallationModule {}
