import { createHash, timingSafeEqual } from 'node:crypto';
import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { CONFIG, type Config, readSecretFile } from '../../../platform/config/index.js';
import {
  ACCESS,
  type Access,
  type Actor,
  notSignedIn,
  Problem,
  sessionCookieName,
} from '../../../platform/http/index.js';
import { Sessions } from '../application/sessions.js';

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Finds out who asks and refuses who may not: without a mark on the route a signed-in person is needed. */
@Injectable()
export class AccessGuard implements CanActivate {
  #serviceToken: Buffer | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly reflector: Reflector,
    private readonly sessions: Sessions,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const needed =
      this.reflector.getAllAndOverride<Access | undefined>(ACCESS, [context.getHandler(), context.getClass()]) ??
      'person';
    const actor = (request.actor = await this.identify(request));
    request.identifyAgain = () => this.identify(request);
    if (needed === 'public' || actor.kind === needed || (needed === 'person-or-service' && actor.kind !== 'anonymous'))
      return true;
    if (needed === 'service') {
      throw new Problem(
        401,
        'service-token-needed',
        'This needs the service token of this installation; nothing was changed.',
      );
    }
    throw notSignedIn();
  }

  private async identify(request: FastifyRequest): Promise<Actor> {
    const { authorization } = request.headers;
    if (authorization !== undefined) {
      if (this.isServiceToken(authorization)) return { kind: 'service' };
      throw new Problem(
        401,
        'service-token-wrong',
        'The token in the Authorization header is not known; nothing was changed.',
      );
    }
    const token = request.cookies[sessionCookieName(this.config)];
    const person = token === undefined ? null : await this.sessions.find(token);
    return person === null ? { kind: 'anonymous' } : { kind: 'person', person };
  }

  private isServiceToken(authorization: string): boolean {
    if (this.#serviceToken === undefined) {
      const secret = readSecretFile(this.config.serviceTokenFile);
      if (secret === undefined) return false;
      this.#serviceToken = sha256(`Bearer ${secret}`);
    }
    return timingSafeEqual(this.#serviceToken, sha256(authorization));
  }
}
