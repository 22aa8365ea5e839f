import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply } from 'fastify';
import type { AppConfig } from '../config/app-config.js';
import { AccessControl } from './access-control.js';
import { Public, Scopes, type AuthenticatedRequest } from './auth.decorators.js';
import { BearerGuard } from './bearer.guard.js';
import type { Caller, Scope } from './caller.js';
import { RateLimits } from './rate-limits.js';
import type { RequestAuthenticator } from './request-authenticator.js';
import { accessOf } from './route-access.js';
import { ScopesGuard } from './scopes.guard.js';

class Routes {
  undecorated(): void {}

  @Public()
  open(): void {}

  @Scopes('events:publish')
  publish(): void {}

  @Scopes('events:publish', 'webhooks')
  either(): void {}
}

@Public()
class OpenRoutes {
  undecorated(): void {}
}

@Scopes('events:publish')
class PublishRoutes {
  undecorated(): void {}

  @Scopes('webhooks')
  read(): void {}
}

type Route = [controller: new () => object, handler: string];

interface Circumstances {
  scopes?: Scope[] | undefined;
  role?: AppConfig['role'];
  /** Whether the HTTP server checks the request before it reads the body, as it does for routes of this package. */
  isAskedBefore?: boolean;
}

/** Runs the checks in the order of the server. Without scopes, authentication fails. */
async function enter([controller, name]: Route, { scopes, role = 'all', isAskedBefore = false }: Circumstances = {}) {
  const asked: unknown[] = [];
  const authenticator = {
    identify: async (request: unknown): Promise<Caller> => {
      asked.push(request);
      if (scopes === undefined) throw new Error('refused');
      return { userId: 'uid_1', keyId: 'key_1', scopes };
    },
  } as unknown as RequestAuthenticator;
  const config = { role, rateLimitPerMinute: 0, publishRateLimitPerMinute: 0 } as AppConfig;
  const control = new AccessControl(authenticator, new RateLimits(config), config);
  const reflector = new Reflector();
  const request = {} as AuthenticatedRequest;
  const reply = {} as FastifyReply;
  const handler = (controller.prototype as Record<string, () => void>)[name] as () => void;
  if (isAskedBefore) await control.admit(request, reply, accessOf(reflector, handler, controller));
  const context = {
    getHandler: () => handler,
    getClass: () => controller,
    switchToHttp: () => ({ getRequest: () => request, getResponse: () => reply }),
  } as unknown as ExecutionContext;
  const entered =
    (await new BearerGuard(reflector, control).canActivate(context)) &&
    new ScopesGuard(reflector, control).canActivate(context);
  return { entered, request, asked: asked.length };
}

describe.each([
  ['the guards', false],
  ['the HTTP server', true],
])('A route checked by %s', (_who, isAskedBefore) => {
  const tryTo = (route: Route, circumstances: Circumstances = {}) => enter(route, { ...circumstances, isAskedBefore });

  it('needs a key when it is not decorated', async () => {
    await expect(tryTo([Routes, 'undecorated'])).rejects.toThrow('refused');
    const { entered, request } = await tryTo([Routes, 'undecorated'], { scopes: ['webhooks'] });
    expect(entered).toBe(true);
    expect(request.caller).toEqual({ userId: 'uid_1', keyId: 'key_1', scopes: ['webhooks'] });
  });

  it('identifies the caller once', async () => {
    expect((await tryTo([Routes, 'undecorated'], { scopes: ['webhooks'] })).asked).toBe(1);
  });

  it.each([[[Routes, 'open'] as Route], [[OpenRoutes, 'undecorated'] as Route]])(
    'needs no key and reads none when it is public: %p',
    async (route) => {
      for (const scopes of [undefined, [], ['webhooks'] as Scope[]]) {
        const { entered, request, asked } = await tryTo(route, { scopes });
        expect({ entered, caller: request.caller, asked }).toEqual({ entered: true, caller: undefined, asked: 0 });
      }
    },
  );

  it('responds 404 when the process only dispatches and the route is not public', async () => {
    const refused = tryTo([Routes, 'undecorated'], { scopes: ['webhooks'], role: 'dispatcher' });
    await expect(refused).rejects.toEqual(expect.objectContaining({ code: 'NOT_FOUND' }));
    expect((await tryTo([Routes, 'open'], { role: 'dispatcher' })).entered).toBe(true);
  });

  it.each<[Route, Scope[], string | undefined]>([
    [[Routes, 'undecorated'], ['webhooks'], undefined],
    [[Routes, 'undecorated'], ['events:publish'], '"webhooks"'],
    [[Routes, 'undecorated'], [], '"webhooks"'],
    [[Routes, 'publish'], ['events:publish'], undefined],
    [[Routes, 'publish'], ['webhooks'], '"events:publish"'],
    [[Routes, 'publish'], ['webhooks', 'events:publish'], undefined],
    [[Routes, 'either'], ['webhooks'], undefined],
    [[Routes, 'either'], ['events:publish'], undefined],
    [[Routes, 'either'], [], '"events:publish" or "webhooks"'],
    [[PublishRoutes, 'undecorated'], ['webhooks'], '"events:publish"'],
    [[PublishRoutes, 'undecorated'], ['events:publish'], undefined],
    [[PublishRoutes, 'read'], ['webhooks'], undefined],
    [[PublishRoutes, 'read'], ['events:publish'], '"webhooks"'],
  ])('%p with the scopes %j lacks %s', async (route, scopes, lacking) => {
    const entering = tryTo(route, { scopes });
    if (lacking === undefined) expect((await entering).entered).toBe(true);
    else {
      const message = `This needs an API key with the scope ${lacking}.`;
      await expect(entering).rejects.toEqual(expect.objectContaining({ code: 'FORBIDDEN', message }));
    }
  });
});
