import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  Body,
  Controller,
  Get,
  Post,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
  type INestApplication,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ApiKeysService } from '../../../src/auth/api-keys.service.js';
import { Scopes } from '../../../src/auth/auth.decorators.js';
import { Authenticator } from '../../../src/auth/authenticator.js';
import { BearerGuard } from '../../../src/auth/bearer.guard.js';
import { ScopesGuard } from '../../../src/auth/scopes.guard.js';
import type { Caller } from '../../../src/auth/caller.js';
import { PrismaService } from '../../../src/database/prisma.service.js';
import { DeliveriesService } from '../../../src/deliveries/deliveries.service.js';
import { DocmapWebhooksModule } from '../../../src/docmap-webhooks.module.js';
import { migrate } from '../../../src/database/migrate-database.js';
import { PendingDeliveries } from '../../../src/queue/pending-deliveries.js';
import { CreateWebhookDto } from '../../../src/webhooks/webhooks.dto.js';
import { WebhooksRepository } from '../../../src/webhooks/webhooks.repository.js';
import { WebhooksService } from '../../../src/webhooks/webhooks.service.js';
import { ApiClient } from '../../support/api-client.js';
import { newDatabase, type TestDatabase } from '../../support/database.js';
import { ADAPTERS, startHost, type TestHost } from '../../support/host.js';
import { Kms, KmsCipher } from '../support/kms.js';

const CALLER: Caller = { userId: 'uid_local', keyId: 'in-process', scopes: ['webhooks'] };
const URL = 'http://127.0.0.1:9000/hook';
const EVENTS = ['extraction.completed'];
const UNKNOWN = 'webhook-00000000000000000000000000000000';

describe('The services of the module, called in process', () => {
  let host: TestHost;
  let webhooks: WebhooksService;
  let deliveries: DeliveriesService;

  beforeAll(async () => {
    host = await startHost();
    webhooks = host.app.get(WebhooksService);
    deliveries = host.app.get(DeliveriesService);
  });

  afterAll(() => host.close());

  it.each([
    ['an event type that does not exist', { url: URL, events: ['nonsense'] }, /^events\[0\]: "nonsense" is not/],
    ['no event type', { url: URL, events: [] }, /^events must name at least one event type/],
    ['a field that does not exist', { url: URL, events: EVENTS, secret: 'x' }, /^secret should not exist/],
    ['a description that is too long', { url: URL, events: EVENTS, description: 'x'.repeat(501) }, /^description/],
    ['a number in metadata', { url: URL, events: EVENTS, metadata: { team: 1 } }, /^metadata/],
    ['nothing', undefined, /url/],
  ])('refuse a webhook with %s, and store nothing', async (_case, input, message) => {
    const refused = webhooks.create(CALLER, input as never);
    await expect(refused).rejects.toMatchObject({ code: 'VALIDATION_ERROR', message: expect.stringMatching(message) });
    expect(await host.app.get(PrismaService).webhook.count({ where: { userId: CALLER.userId } })).toBe(0);
  });

  it('refuse changes, rotations and queries that the HTTP API refuses', async () => {
    const { webhook } = await webhooks.create(CALLER, { url: URL, events: EVENTS });
    const calls: [Promise<unknown>, RegExp][] = [
      [webhooks.update(CALLER, webhook.id, { events: ['nonsense'] }), /^events\[0\]: "nonsense" is not/],
      [webhooks.update(CALLER, webhook.id, { active: 'false' } as never), /^active must be true or false/],
      [webhooks.rotateSecret(CALLER, webhook.id, { overlapSeconds: -1 }), /^overlapSeconds must be a whole number/],
      [webhooks.list(CALLER, { active: 'some' } as never), /^active/],
      [deliveries.list(CALLER, { limit: 100_000_000 }), /^limit/],
      [deliveries.list(CALLER, { status: 'lost' } as never), /^status/],
      [deliveries.stats(CALLER, webhook.id, 'yesterday'), /^since/],
    ];
    for (const [call, message] of calls) {
      await expect(call).rejects.toMatchObject({
        code: 'VALIDATION_ERROR',
        message: expect.stringMatching(message),
      });
    }
    expect(await webhooks.get(CALLER, webhook.id)).toEqual(webhook);
    await webhooks.delete(CALLER, webhook.id);
  });

  it('take the same input as the HTTP API', async () => {
    const input = { url: URL, events: EVENTS, description: 'Production', metadata: { team: 'billing' } };
    const { webhook, secret } = await webhooks.create(CALLER, input);
    expect(webhook).toMatchObject({ ...input, active: true });
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    expect(await webhooks.list(CALLER)).toEqual([webhook]);
    expect(await webhooks.update(CALLER, webhook.id, { active: false })).toMatchObject({ active: false });
    expect(await webhooks.list(CALLER, { active: 'false' })).toHaveLength(1);
    expect(await deliveries.list(CALLER, { limit: 1 })).toMatchObject({ data: [], hasMore: false });
    await webhooks.rotateSecret(CALLER, webhook.id);
    await webhooks.delete(CALLER, webhook.id);
  });

  it.each([
    ['no caller', undefined],
    ['a caller without a user', { keyId: 'key', scopes: ['webhooks'] }],
    ['a caller with an empty user', { userId: '', keyId: 'key', scopes: ['webhooks'] }],
    ['a caller without scopes', { userId: 'uid_local', keyId: 'key' }],
  ])('refuse %s before they look anything up', async (_case, caller) => {
    const stranger = caller as unknown as Caller;
    const calls = [
      () => webhooks.list(stranger),
      () => webhooks.get(stranger, UNKNOWN),
      () => webhooks.create(stranger, { url: URL, events: EVENTS }),
      () => deliveries.list(stranger),
      () => deliveries.get(stranger, '00000000-0000-7000-8000-000000000000'),
      () => host.app.get(ApiKeysService).list(stranger),
    ];
    for (const call of calls) await expect(call()).rejects.toThrow(/^The caller has no (userId|scopes): /);
  });

  it('fail with the error of the notification while ordering is being turned on', async () => {
    const { webhook } = await webhooks.create(CALLER, { url: URL, events: EVENTS });
    const placing = jest.spyOn(host.app.get(PendingDeliveries), 'orderPending');
    const notify = jest.spyOn(host.app.get(WebhooksRepository), 'notifyInvalidated');
    placing.mockReturnValue(new Promise(() => undefined));
    notify.mockRejectedValue(new Error('no notification'));
    await expect(webhooks.update(CALLER, webhook.id, { ordering: 'extraction' })).rejects.toThrow('no notification');
    expect(placing).toHaveBeenCalledTimes(1);
    await expect(webhooks.rotateSecret(CALLER, webhook.id)).rejects.toThrow('no notification');
    placing.mockRestore();
    notify.mockRestore();
    await webhooks.delete(CALLER, webhook.id);
  });

  it('report an unknown id without naming a route', async () => {
    await expect(webhooks.get(CALLER, UNKNOWN)).rejects.toMatchObject({ message: 'There is no webhook with this id.' });
  });
});

describe('Messages that name routes', () => {
  let host: TestHost | undefined;

  afterEach(async () => {
    await host?.close();
    host = undefined;
  });

  it.each([
    ['Fastify', 'api/v2', undefined, '/api/v2'],
    ['Express', 'hooks', 'team/a', '/team/a/hooks'],
  ] as const)(
    'name them as clients of a host on %s with the path %s call them',
    async (adapter, path, prefix, root) => {
      host = await startHost({
        adapter,
        options: { path },
        prepare: (app) => (prefix === undefined ? undefined : app.setGlobalPrefix(prefix)),
      });
      const { body: webhook } = await host.api.get(`${root}/webhooks/${UNKNOWN}`);
      expect(webhook.error.message).toContain(`GET ${root}/webhooks?active=all`);
      const { body: events } = await host.api.post(`${root}/events`, { events: [] });
      expect(events.error.message).toContain(`POST ${root}/events/batch`);
      const { status } = await host.api.get(`${root}/webhooks?active=all`);
      expect(status).toBe(200);
    },
  );
});

/** A guard of a host, which accepts requests with a header of its gateway. */
class GatewayGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return context.switchToHttp().getRequest<{ headers: Record<string, string> }>().headers['x-gateway'] === 'yes';
  }
}

describe('Settings of a host for all routes', () => {
  let host: TestHost | undefined;

  afterEach(async () => {
    await host?.close();
    host = undefined;
  });

  it.each(['Fastify', 'Express'] as const)('leave out a prefix on %s for routes that are excluded', async (adapter) => {
    host = await startHost({
      adapter,
      prepare: (app: INestApplication) => app.setGlobalPrefix('team', { exclude: ['v1/{*route}'] }),
    });
    expect((await host.api.get('/v1/webhooks')).status).toBe(200);
    expect((await host.api.get('/team/v1/webhooks')).status).toBe(404);
  });

  it.each(['Fastify', 'Express'] as const)('run global guards on %s for our routes, after ours', async (adapter) => {
    host = await startHost({ adapter, prepare: (app) => app.useGlobalGuards(new GatewayGuard()) });
    expect(await host.api.get('/v1/webhooks')).toMatchObject({ status: 403, body: { error: { code: 'FORBIDDEN' } } });
    expect((await host.api.request('GET', '/v1/webhooks', { headers: { 'x-gateway': 'yes' } })).status).toBe(200);
    expect((await fetch(`${host.url}/v1/webhooks`)).status).toBe(401);
  });
});

/** Forgets the subject of the token. */
class CarelessAuthenticator extends Authenticator {
  override async authenticate(token: string): Promise<Caller> {
    return { userId: (JSON.parse(token) as { sub?: string }).sub as string, keyId: 'key', scopes: ['webhooks'] };
  }
}

/** Has no filter of ours. */
@Controller('onboarding')
class OnboardingController {
  constructor(private readonly webhooks: WebhooksService) {}

  @Post()
  register(@Body() body: CreateWebhookDto) {
    return this.webhooks.create(CALLER, body);
  }

  @Get()
  @UseGuards(BearerGuard, ScopesGuard)
  @Scopes('team:read')
  list() {
    return [];
  }
}

describe('A host with an authenticator that forgets the user', () => {
  it.each(['Fastify', 'Express'] as const)("shows nobody's webhooks on %s", async (adapter) => {
    const host = await startHost({
      adapter,
      options: { authenticator: CarelessAuthenticator, bootstrapApiKey: undefined },
      controllers: [OnboardingController],
    });
    const ada = new ApiClient(host.url, JSON.stringify({ sub: 'ada' }));
    expect((await ada.post('/v1/webhooks', { url: URL, events: EVENTS })).status).toBe(200);
    const nobody = new ApiClient(host.url, '{}');
    for (const path of ['/v1/webhooks', '/v1/webhooks/deliveries', '/v1/api-keys']) {
      expect(await nobody.get(path)).toMatchObject({ status: 500, body: { error: { code: 'INTERNAL_ERROR' } } });
    }
    // Routes of the host, without ApiErrorFilter.
    const refused = await ada.post('/onboarding', { url: URL, events: ['nonsense'] });
    expect(refused).toMatchObject({ status: 400, body: { error: { code: 'VALIDATION_ERROR' } } });
    expect(await ada.get('/onboarding')).toMatchObject({ status: 403, body: { error: { code: 'FORBIDDEN' } } });
    await host.close();
  });
});

const start = (...imports: Parameters<typeof DocmapWebhooksModule.forRoot>[0][]) =>
  NestFactory.create(
    { module: class HostModule {}, imports: imports.map((options) => DocmapWebhooksModule.forRoot(options)) },
    ADAPTERS.Fastify(),
    { logger: false, abortOnError: false },
  );

const hasServer = process.env.TEST_TEMPLATE_DATABASE !== undefined;

(hasServer ? describe : describe.skip)('DocmapWebhooksModule on a PostgreSQL server', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await newDatabase('server');
  });

  afterAll(() => database.drop());

  it('needs no secretsKey when the application has a cipher of its own', async () => {
    const kms = await Kms.start();
    const databaseUrl = database.env.DATABASE_URL!;
    const app = await start({ databaseUrl, secretCipher: { useValue: new KmsCipher(kms.url) } });
    await app.init();
    await app.close();
    await kms.stop();
    await expect(start({ databaseUrl })).rejects.toThrow('secretsKey is required with databaseUrl');
  });

  it.each([
    [
      'a part that is none',
      { authenticator: {} as never },
      /Authenticator must be a class, or an object with useClass/,
    ],
    ['a group of routes that is none', { controllers: { event: false } }, /controllers: event is not a group/],
    ['a path that no request can have', { path: 'api/:version' }, /path must be segments .*; it is "api\/:version"/],
    ['a misspelt option', { requireHttp: false }, /requireHttp is not an option; did you mean requireHttps\?/],
  ])('stops the start for %s', async (_case, options, message) => {
    const { DATABASE_URL: databaseUrl, SECRETS_KEY: secretsKey } = database.env;
    const started = async () => start({ databaseUrl, secretsKey, ...(options as object) });
    await expect(started()).rejects.toThrow(message);
  });

  it('says that a part belongs next to the factory, not in it', async () => {
    const module = DocmapWebhooksModule.forRootAsync({ useFactory: () => ({ sender: class {} }) as object });
    const root = { module: class HostModule {}, imports: [module] };
    const started = NestFactory.create(root, ADAPTERS.Fastify(), { logger: false, abortOnError: false });
    await expect(started).rejects.toThrow('sender must stand next to useFactory');
  });

  it.each(['', ' ', undefined])('migrates no database that is not named: %j', async (databaseUrl) => {
    await expect(migrate({ databaseUrl: databaseUrl as string })).rejects.toThrow('databaseUrl is required');
  });

  it('stops the start when it is imported twice, and says so', async () => {
    const { DATABASE_URL, SECRETS_KEY } = database.env;
    const options = { databaseUrl: DATABASE_URL, secretsKey: SECRETS_KEY };
    await expect(start(options, { ...options, path: 'v2' })).rejects.toThrow(
      'DocmapWebhooksModule is imported 2 times: import it once, in the root module.',
    );
  });
});
