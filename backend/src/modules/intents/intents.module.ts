import { Module } from '@nestjs/common';
import { IdentityModule } from '../identity/index.js';
import { ProjectsModule } from '../projects/index.js';
import { PlaceIntent } from './application/place-intent.js';
import { IntentsController } from './http/intents.controller.js';

/** Relays signed calls for people. */
@Module({ imports: [IdentityModule, ProjectsModule], controllers: [IntentsController], providers: [PlaceIntent] })
export class IntentsModule {}
