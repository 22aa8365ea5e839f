import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { Public, Scopes, type AuthenticatedRequest } from './auth.decorators.js';
import { BearerGuard } from './bearer.guard.js';
import type { Caller, Scope } from './caller.js';
import type { RequestAuthenticator } from './request-authenticator.js';
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

/** Asks both guards as Nest does, with a request of a caller who has these scopes; undefined for a refused one. */
async function enter([controller, handler]: Route, scopes?: Scope[], known?: Caller) {
  const asked: unknown[] = [];
  const authenticator = {
    identify: async (request: unknown): Promise<Caller> => {
      asked.push(request);
      if (scopes === undefined) throw new Error('refused');
      return { userId: 'uid_1', keyId: 'key_1', scopes };
    },
  } as unknown as RequestAuthenticator;
  const request = (known ? { caller: known } : {}) as AuthenticatedRequest;
  const context = {
    getHandler: () => (controller.prototype as Record<string, () => void>)[handler],
    getClass: () => controller,
    switchToHttp: () => ({ getRequest: () => request }),
  } as unknown as ExecutionContext;
  const reflector = new Reflector();
  const entered = await new BearerGuard(reflector, authenticator).canActivate(context);
  return { entered: entered && new ScopesGuard(reflector).canActivate(context), request, asked: asked.length };
}

describe('A route', () => {
  it('that says nothing needs a key', async () => {
    await expect(enter([Routes, 'undecorated'])).rejects.toThrow('refused');
    const { entered, request } = await enter([Routes, 'undecorated'], ['webhooks']);
    expect(entered).toBe(true);
    expect(request.caller).toEqual({ userId: 'uid_1', keyId: 'key_1', scopes: ['webhooks'] });
  });

  it.each([[[Routes, 'open'] as Route], [[OpenRoutes, 'undecorated'] as Route]])(
    'that is public needs none, and looks at none: %p',
    async (route) => {
      for (const scopes of [undefined, [], ['webhooks'] as Scope[]]) {
        const { entered, request, asked } = await enter(route, scopes);
        expect({ entered, caller: request.caller, asked }).toEqual({ entered: true, caller: undefined, asked: 0 });
      }
    },
  );

  it('asks nobody about a caller who is known already', async () => {
    const caller: Caller = { userId: 'uid_2', keyId: 'key_2', scopes: ['webhooks'] };
    const { entered, request, asked } = await enter([Routes, 'undecorated'], undefined, caller);
    expect({ entered, caller: request.caller, asked }).toEqual({ entered: true, caller, asked: 0 });
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
    const entering = enter(route, scopes);
    if (lacking === undefined) expect((await entering).entered).toBe(true);
    else {
      const message = `This needs an API key with the scope ${lacking}.`;
      await expect(entering).rejects.toEqual(expect.objectContaining({ code: 'FORBIDDEN', message }));
    }
  });
});
