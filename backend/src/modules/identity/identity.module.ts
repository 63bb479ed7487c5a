import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { People } from './application/people.js';
import { Sessions } from './application/sessions.js';
import { SignIn } from './application/sign-in.js';
import { Signatures } from './application/signatures.js';
import { AccessGuard } from './http/access.guard.js';
import { AuthController } from './http/auth.controller.js';
import { PeopleController } from './http/people.controller.js';
import { IdentityRepository } from './persistence/identity.repository.js';

@Module({
  controllers: [AuthController, PeopleController],
  providers: [IdentityRepository, Sessions, Signatures, SignIn, People, { provide: APP_GUARD, useClass: AccessGuard }],
  exports: [People, Signatures],
})
export class IdentityModule {}
