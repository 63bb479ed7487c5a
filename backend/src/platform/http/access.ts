import { createParamDecorator, type CustomDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Problem } from './problem.js';

/** A signed-in person. */
export interface SessionPerson {
  /** UUID. */
  readonly id: string;
  readonly name: string;
  /** EIP-55 address the person signed in with. */
  readonly address: string;
}

/** Who makes a request. */
export type Actor =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'service' }
  | { readonly kind: 'person'; readonly person: SessionPerson };

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the access guard before any handler runs. */
    actor?: Actor;
    /** Looks again, for answers that go on for long; set with {@link actor}. */
    identifyAgain?: () => Promise<Actor>;
  }
}

/** Who may call a route; the default is a signed-in person. */
export type Access = 'person' | 'public' | 'service' | 'person-or-service';
export const ACCESS = 'milepost:access';

/** The route needs no session (a session is still recognised). */
export const Public = (): CustomDecorator => SetMetadata(ACCESS, 'public' satisfies Access);
/** The route takes only the service token (`Authorization: Bearer …`). */
export const ServiceOnly = (): CustomDecorator => SetMetadata(ACCESS, 'service' satisfies Access);
/** The route takes a session or the service token. */
export const PersonOrService = (): CustomDecorator => SetMetadata(ACCESS, 'person-or-service' satisfies Access);

/** The actor of a request; anonymous where no guard ran. */
export const actorOf = (request: FastifyRequest): Actor => request.actor ?? { kind: 'anonymous' };

/** Parameter: the {@link Actor}. */
export const CurrentActor = createParamDecorator((_: unknown, context: ExecutionContext): Actor =>
  actorOf(context.switchToHttp().getRequest<FastifyRequest>()),
);

/** Parameter: the signed-in {@link SessionPerson}. */
export const CurrentPerson = createParamDecorator((_: unknown, context: ExecutionContext): SessionPerson => {
  const actor = actorOf(context.switchToHttp().getRequest<FastifyRequest>());
  if (actor.kind !== 'person') throw notSignedIn();
  return actor.person;
});

export const notSignedIn = (): Problem =>
  new Problem(401, 'not-signed-in', 'This needs a signed-in person; nothing was changed. Sign in and try again.');
