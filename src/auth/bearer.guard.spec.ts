import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import * as fc from 'fast-check';
import { DomainError } from '../common/domain-error.js';
import { Public, Scopes, type AuthenticatedRequest } from './auth.decorators.js';
import { Authenticator } from './authenticator.js';
import { BearerGuard } from './bearer.guard.js';
import type { Caller, Scope } from './caller.js';

const KEY = 'dm_live_abc123def456ghi789jkl012mno345';

class OneKey extends Authenticator {
  readonly asked: string[] = [];

  constructor(private readonly scopes: Scope[]) {
    super();
  }

  override async authenticate(token: string): Promise<Caller> {
    this.asked.push(token);
    if (token !== KEY) throw new DomainError('UNAUTHORIZED', 'The API key is invalid.');
    return { userId: 'uid_1', keyId: 'key_1', scopes: this.scopes };
  }
}

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

async function enter([controller, handler]: Route, authorization: string | undefined, scopes: Scope[] = ['webhooks']) {
  const authenticator = new OneKey(scopes);
  const request = { headers: authorization === undefined ? {} : { authorization } } as AuthenticatedRequest;
  const context = {
    getHandler: () => (controller.prototype as Record<string, () => void>)[handler],
    getClass: () => controller,
    switchToHttp: () => ({ getRequest: () => request }),
  } as unknown as ExecutionContext;
  const entered = await new BearerGuard(new Reflector(), authenticator).canActivate(context);
  return { entered, request, asked: authenticator.asked };
}

const unauthorized = (message: string) => expect.objectContaining({ code: 'UNAUTHORIZED', message });
const MISSING = unauthorized('An API key is missing: send "Authorization: Bearer <key>".');
const INVALID = unauthorized('The API key is invalid.');
const forbidden = (scopes: string) =>
  expect.objectContaining({ code: 'FORBIDDEN', message: `This needs an API key with the scope ${scopes}.` });

describe('A route', () => {
  it('that says nothing needs a key', async () => {
    await expect(enter([Routes, 'undecorated'], undefined)).rejects.toEqual(MISSING);
    const { entered, request } = await enter([Routes, 'undecorated'], `Bearer ${KEY}`);
    expect(entered).toBe(true);
    expect(request.caller).toEqual({ userId: 'uid_1', keyId: 'key_1', scopes: ['webhooks'] });
  });

  it.each([[[Routes, 'open'] as Route], [[OpenRoutes, 'undecorated'] as Route]])(
    'that is public needs none, and looks at none: %p',
    async (route) => {
      for (const authorization of [undefined, `Bearer ${KEY}`, 'Bearer nonsense']) {
        const { entered, request, asked } = await enter(route, authorization);
        expect({ entered, caller: request.caller, asked }).toEqual({ entered: true, caller: undefined, asked: [] });
      }
    },
  );

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
    const entering = enter(route, `Bearer ${KEY}`, scopes);
    if (lacking === undefined) expect((await entering).entered).toBe(true);
    else await expect(entering).rejects.toEqual(forbidden(lacking));
  });
});

describe('The Authorization header', () => {
  it.each([`Bearer ${KEY}`, `bearer ${KEY}`, `BEARER ${KEY}`, `Bearer   ${KEY}`, `Bearer ${KEY}  `])(
    'may be %j',
    async (authorization) => {
      const { entered, asked } = await enter([Routes, 'undecorated'], authorization);
      expect({ entered, asked }).toEqual({ entered: true, asked: [KEY] });
    },
  );

  it.each([
    '',
    ' ',
    'Bearer',
    'Bearer ',
    KEY,
    `Basic ${KEY}`,
    `Bearer${KEY}`,
    `Bearer\t${KEY}`,
    `Bearer ${KEY} ${KEY}`,
    `Bearer ${KEY}, Bearer ${KEY}`,
    `Bearer "${KEY} "`,
    ` Bearer ${KEY}`,
    `Token Bearer ${KEY}`,
    `Bearer ${KEY}\n`,
  ])('holds no key when it is %j', async (authorization) => {
    await expect(enter([Routes, 'undecorated'], authorization)).rejects.toEqual(MISSING);
  });

  it.each(['Bearer x', `Bearer ${KEY}x`, `Bearer ${KEY.toUpperCase()}`, `Bearer "${KEY}"`, 'Bearer <key>'])(
    'holds a wrong key when it is %j',
    async (authorization) => {
      await expect(enter([Routes, 'undecorated'], authorization)).rejects.toEqual(INVALID);
    },
  );

  it('of a hundred thousand spaces is refused at once', async () => {
    const authorization = `Bearer ${' '.repeat(100_000)}x y`;
    await expect(enter([Routes, 'undecorated'], authorization)).rejects.toEqual(MISSING);
  });

  it('of any kind is a token or an error that says so', async () => {
    const scraps = fc.array(
      fc.constantFrom('Bearer', 'bearer', 'Basic', ' ', '\t', '\n', ',', '"', '=', KEY, 'é', '\0'),
    );
    const header = fc.oneof(
      fc.string({ unit: 'binary' }),
      scraps.map((parts) => parts.join('')),
      fc.constant(`Bearer ${KEY}`),
    );
    await fc.assert(
      fc.asyncProperty(header, async (authorization) => {
        const outcome = await enter([Routes, 'undecorated'], authorization).catch((error: unknown) => error);
        if (outcome instanceof DomainError) {
          expect(outcome.code).toBe('UNAUTHORIZED');
          expect(['An API key is missing: send "Authorization: Bearer <key>".', 'The API key is invalid.']).toContain(
            outcome.message,
          );
        } else {
          expect(outcome).toMatchObject({ entered: true, asked: [KEY] });
          expect(authorization).toMatch(/^bearer +\S+ *$/i);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
