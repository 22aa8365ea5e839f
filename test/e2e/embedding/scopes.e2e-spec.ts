import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, UseFilters, UseGuards } from '@nestjs/common';
import { ApiErrorFilter } from '../../../src/auth/api-error.filter.js';
import { CurrentCaller, Scopes } from '../../../src/auth/auth.decorators.js';
import { Authenticator } from '../../../src/auth/authenticator.js';
import { BearerGuard } from '../../../src/auth/bearer.guard.js';
import type { Caller } from '../../../src/auth/caller.js';
import { ScopesGuard } from '../../../src/auth/scopes.guard.js';
import { ApiClient } from '../../support/api-client.js';
import { startHost, type TestHost } from '../../support/host.js';

/** Tokens are lists of scopes. */
class ListAuthenticator extends Authenticator {
  override async authenticate(token: string): Promise<Caller> {
    return { userId: 'ada', keyId: token, scopes: token.split(',') };
  }
}

@Controller('teams')
@UseGuards(BearerGuard, ScopesGuard)
@UseFilters(ApiErrorFilter)
class TeamsController {
  @Get()
  @Scopes('team:read')
  list(@CurrentCaller() { userId, scopes }: Caller) {
    return { userId, scopes };
  }
}

describe('Scopes of an application', () => {
  let host: TestHost;

  beforeAll(async () => {
    host = await startHost({
      options: { authenticator: ListAuthenticator, bootstrapApiKey: undefined },
      controllers: [TeamsController],
    });
  });

  afterAll(() => host.close());

  const as = (token: string) => new ApiClient(host.url, token);

  it('give access to the routes that require them, and to no others', async () => {
    expect(await as('team:read,webhooks').get('/teams')).toMatchObject({
      status: 200,
      body: { userId: 'ada', scopes: ['team:read', 'webhooks'] },
    });
    expect((await as('webhooks').get('/teams')).status).toBe(403);
    expect((await as('team:read').get('/v1/webhooks')).status).toBe(403);
    expect((await as('team:read,webhooks').get('/v1/webhooks')).status).toBe(200);
  });

  it('are not given to API keys', async () => {
    const { status, body } = await as('team:read,webhooks').post('/v1/api-keys', {
      name: 'x',
      expiresIn: '30d',
      scopes: ['team:read'],
    });
    expect([status, body.error.message]).toEqual([
      400,
      'scopes[0]: "team:read" is not a scope; use webhooks, events:publish or admin',
    ]);
  });
});
