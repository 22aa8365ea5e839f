import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Authenticator } from '../../../src/auth/authenticator.js';
import type { Caller } from '../../../src/auth/caller.js';
import { DomainError } from '../../../src/common/domain-error.js';
import { PrismaService } from '../../../src/database/prisma.service.js';
import { DocmapWebhooksModule } from '../../../src/docmap-webhooks.module.js';
import { WebhooksService } from '../../../src/webhooks/webhooks.service.js';
import { ApiClient } from '../../support/api-client.js';
import { newDatabase, type TestDatabase } from '../../support/database.js';
import { ADAPTERS, startHost, type AdapterName, type TestHost } from '../../support/host.js';
import { Receiver } from '../../support/receiver.js';
import { answerTo, postOf } from '../support/raw-request.js';

@Injectable()
class Users {
  find(token: string): string | undefined {
    return token.startsWith('jwt-') ? token.slice(4) : undefined;
  }
}

@Module({ providers: [Users], exports: [Users] })
class UsersModule {}

@Injectable()
class TokenAuthenticator extends Authenticator {
  constructor(private readonly users: Users) {
    super();
  }

  override async authenticate(token: string): Promise<Caller> {
    const userId = this.users.find(token);
    if (userId === undefined) throw new DomainError('UNAUTHORIZED', 'The token is invalid.');
    return { userId, keyId: token, scopes: ['webhooks', 'events:publish'] };
  }
}

/** Uses the service of the package in a module of its own. */
@Injectable()
class Onboarding {
  constructor(readonly webhooks: WebhooksService) {}
}

@Module({ providers: [Onboarding] })
class OnboardingModule {}

const signals = (): number => process.listenerCount('SIGTERM') + process.listenerCount('exit');

describe('DocmapWebhooksModule', () => {
  let receiver: Receiver;
  const hosts: TestHost[] = [];
  const start = async (...[options]: Parameters<typeof startHost>): Promise<TestHost> => {
    const host = await startHost(options);
    hosts.push(host);
    return host;
  };

  beforeAll(async () => {
    receiver = await Receiver.start();
  });

  afterEach(async () => {
    for (const host of hosts.splice(0)) await host.close();
  });

  afterAll(() => receiver.close());

  it.each([
    ['a class', TokenAuthenticator],
    ['useClass', { useClass: TokenAuthenticator }],
    ['useFactory', { useFactory: (users: Users) => new TokenAuthenticator(users), inject: [Users] }],
    ['useValue', { useValue: new TokenAuthenticator(new Users()) }],
  ])('asks the authenticator of the host, given as %s, and makes no API key', async (_case, authenticator) => {
    const host = await start({
      options: { authenticator, imports: [UsersModule], bootstrapApiKey: undefined },
    });
    const ada = new ApiClient(host.url, 'jwt-ada');
    const { webhook } = await ada.createWebhook(receiver.url);
    expect(webhook.userId).toBe('ada');
    expect((await new ApiClient(host.url, 'none').get('/v1/webhooks')).body).toEqual({
      error: { code: 'UNAUTHORIZED', message: 'The token is invalid.' },
    });
    expect((await new ApiClient(host.url, 'jwt-bob').get(`/v1/webhooks/${webhook.id}`)).status).toBe(403);
    expect(await host.app.get(PrismaService).apiKey.count()).toBe(0);
  });

  it.each(Object.keys(ADAPTERS) as AdapterName[])(
    'serves the API under another path and prefix on %s',
    async (adapter) => {
      const host = await start({
        adapter,
        options: { path: 'hooks/v2', controllers: { events: false, apiKeys: false, health: true } },
        prepare: (app) => app.setGlobalPrefix('api'),
      });
      const status = async (path: string) => (await host.api.get(path)).status;
      expect(await status('/api/hooks/v2/webhooks')).toBe(200);
      expect(await status('/api/health/ready')).toBe(200);
      for (const path of ['/v1/webhooks', '/hooks/v2/webhooks', '/api/hooks/v2/api-keys', '/metrics']) {
        expect([path, await status(path)]).toEqual([path, 404]);
      }
      expect((await host.api.post('/api/hooks/v2/events', {})).status).toBe(404);
      const head = { 'content-type': 'application/json', 'content-length': '1000' };
      expect((await answerTo(host.url, postOf('/api/hooks/v2/webhooks', head, '{'))).status).toBe(401);
      // Express matches paths without decoding them.
      if (adapter === 'Express') return;
      expect((await answerTo(host.url, postOf('/%61pi/hooks/v2/webhooks', head, '{'))).status).toBe(401);
    },
  );

  it.each(Object.keys(ADAPTERS) as AdapterName[])(
    'serves no API with the role dispatcher on %s, whatever the prefix',
    async (adapter) => {
      const database = await newDatabase('server');
      const { DATABASE_URL: databaseUrl, SECRETS_KEY: secretsKey } = database.env;
      const host = await start({
        adapter,
        options: { role: 'dispatcher', databaseUrl, secretsKey },
        prepare: (app) => app.setGlobalPrefix('api'),
      });
      expect((await host.api.get('/api/v1/webhooks')).status).toBe(404);
      await host.close();
      hosts.pop();
      await database.drop();
    },
  );

  it('gives its services to every module of the host', async () => {
    const host = await start({ after: [OnboardingModule] });
    const { webhooks } = host.app.get(Onboarding, { strict: false });
    const caller = { userId: 'uid_local', keyId: '', scopes: ['webhooks'] as const };
    const { webhook } = await webhooks.create(caller, { url: receiver.url, events: ['extraction.completed'] });
    expect((await host.api.get('/v1/webhooks')).body.data).toMatchObject([{ id: webhook.id }]);
  });

  it('starts and closes again and again in one process, and leaves no listener and no connection', async () => {
    const [first, second] = [await start({}), await start({ adapter: 'Express' })];
    const before = signals();
    await first.api.createWebhook(receiver.url);
    expect((await second.api.get('/v1/webhooks')).body.data).toEqual([]);
    for (let round = 0; round < 3; round += 1) await (await startHost()).close();
    expect(signals()).toBe(before);
  });
});

describe('DocmapWebhooksModule.forRootAsync', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await newDatabase();
  });

  afterAll(() => database.drop());

  @Injectable()
  class HostConfig {
    readonly values = {
      databaseUrl: database.env.DATABASE_URL,
      secretsKey: database.env.SECRETS_KEY,
      dataDir: database.env.DATA_DIR,
    };
  }

  @Module({ providers: [HostConfig], exports: [HostConfig] })
  class HostConfigModule {}

  it('takes its values from a provider of the host, and its parts from the definition', async () => {
    const module = DocmapWebhooksModule.forRootAsync({
      imports: [HostConfigModule, UsersModule],
      inject: [HostConfig],
      useFactory: ({ values }: HostConfig) => ({ ...values, rateLimitPerMinute: '2' }),
      authenticator: TokenAuthenticator,
      path: 'v9',
    });
    const app = await NestFactory.create(module, new FastifyAdapter(), { logger: false, abortOnError: false });
    await app.listen(0, '127.0.0.1');
    const api = new ApiClient(await app.getUrl(), `jwt-${randomBytes(4).toString('hex')}`);
    const statuses = [];
    for (let request = 0; request < 3; request += 1) statuses.push((await api.get('/v9/webhooks')).status);
    await app.close();
    expect(statuses).toEqual([200, 200, 429]);
  });

  it('stops the start with every fault at once', async () => {
    const module = DocmapWebhooksModule.forRootAsync({
      useFactory: () => ({ retentionDays: 0, allowedNetworks: ['nowhere'] }),
    });
    const start = NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });
    await expect(start).rejects.toThrow(/allowedNetworks must be CIDRs[^]*retentionDays must be/);
  });
});
