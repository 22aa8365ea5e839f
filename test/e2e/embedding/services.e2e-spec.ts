import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { CanActivate, ExecutionContext, INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Caller } from '../../../src/auth/caller.js';
import { PrismaService } from '../../../src/database/prisma.service.js';
import { DeliveriesService } from '../../../src/deliveries/deliveries.service.js';
import { DocmapWebhooksModule } from '../../../src/docmap-webhooks.module.js';
import { WebhooksService } from '../../../src/webhooks/webhooks.service.js';
import { newDatabase, type TestDatabase } from '../../support/database.js';
import { ADAPTERS, startHost, type AdapterName, type TestHost } from '../../support/host.js';
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

  it('say that an id is unknown without naming a route', async () => {
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
        adapter: adapter as AdapterName,
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

/** Of a host: lets through the requests that have a header of its gateway. */
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
    const prepare = (app: INestApplication) => app.setGlobalPrefix('team', { exclude: ['v1/{*route}'] });
    host = await startHost({ adapter, prepare });
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

describe('DocmapWebhooksModule on a PostgreSQL server', () => {
  let database: TestDatabase;
  const start = (...imports: Parameters<typeof DocmapWebhooksModule.forRoot>[0][]) =>
    NestFactory.create(
      { module: class HostModule {}, imports: imports.map((options) => DocmapWebhooksModule.forRoot(options)) },
      ADAPTERS.Fastify(),
      { logger: false, abortOnError: false },
    );

  beforeAll(async () => {
    database = await newDatabase();
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

  it('stops the start when it is imported twice, and says so', async () => {
    const { DATABASE_URL, SECRETS_KEY } = database.env;
    const options = { databaseUrl: DATABASE_URL, secretsKey: SECRETS_KEY };
    await expect(start(options, { ...options, path: 'v2' })).rejects.toThrow(
      'DocmapWebhooksModule is imported 2 times: import it once, in the root module.',
    );
  });
});
