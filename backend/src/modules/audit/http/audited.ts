import { RequestMethod, SetMetadata, type CustomDecorator, type INestApplicationContext } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { ModulesContainer } from '@nestjs/core';
import type { AuditType } from '../domain/event.js';

const AUDITED = 'milepost:audited';

/** What a route that changes something says about the audit trail. */
export type AuditDeclaration = { readonly types: readonly AuditType[] } | { readonly reason: string };

/** The route appends at least one event of these types whenever it changes something. */
export const Audited = (...types: readonly [AuditType, ...AuditType[]]): CustomDecorator =>
  SetMetadata(AUDITED, { types } satisfies AuditDeclaration);

/** The route appends nothing, and why that is right. */
export const NotAudited = (reason: string): CustomDecorator =>
  SetMetadata(AUDITED, { reason } satisfies AuditDeclaration);

/** What a handler declares; null if it says nothing. */
export const declarationOf = (handler: object): AuditDeclaration | null =>
  (Reflect.getMetadata(AUDITED, handler) as AuditDeclaration | undefined) ?? null;

/** A route that may change something. */
export interface MutatingRoute {
  /** `POST projects/:id/creation` */
  readonly route: string;
  /** `ProjectsController.createEscrow` */
  readonly handler: string;
  /** Null if the route says nothing. */
  readonly declaration: AuditDeclaration | null;
}

const HARMLESS = new Set([RequestMethod.GET, RequestMethod.HEAD, RequestMethod.OPTIONS]);

/** Every route of the application that is no GET, HEAD or OPTIONS, with what it declares. */
export function mutatingRoutes(app: INestApplicationContext): MutatingRoute[] {
  const routes: MutatingRoute[] = [];
  for (const module of app.get(ModulesContainer).values()) {
    for (const { metatype } of module.controllers.values()) {
      if (typeof metatype !== 'function') continue;
      const prefix = pathOf(metatype);
      for (const [name, handler] of handlersOf(metatype.prototype as object)) {
        const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
        if (method === undefined || HARMLESS.has(method)) continue;
        routes.push({
          route: `${RequestMethod[method]} ${[prefix, pathOf(handler)].filter((part) => part !== '').join('/')}`,
          handler: `${metatype.name}.${name}`,
          declaration: declarationOf(handler),
        });
      }
    }
  }
  return routes.sort((a, b) => (a.route < b.route ? -1 : 1));
}

/** Methods of a controller, those it inherits included. */
function handlersOf(prototype: object): [name: string, handler: object][] {
  const found = new Map<string, object>();
  for (
    let level: object | null = prototype;
    level !== null && level !== Object.prototype;
    level = Object.getPrototypeOf(level) as object | null
  ) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(level))) {
      if (name !== 'constructor' && typeof value === 'function' && !found.has(name)) found.set(name, value as object);
    }
  }
  return [...found];
}

function pathOf(target: object): string {
  const path = Reflect.getMetadata(PATH_METADATA, target) as string | string[] | undefined;
  return (Array.isArray(path) ? path.join('|') : (path ?? '')).replace(/^\/+|\/+$/g, '');
}
