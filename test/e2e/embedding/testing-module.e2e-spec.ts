import { afterEach, describe, expect, it } from '@jest/globals';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { Injectable, Module, type INestApplication } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { Webhook } from 'standardwebhooks';
import {
  DocmapWebhooksModule,
  EventsService,
  ExtractionCompletedEvent,
  HttpWebhookSender,
  RetrySchedule,
  WebhooksService,
  type DocmapWebhooksOptions,
  type WebhookRequest,
} from '../../../src/index.js';
import { eventually } from '../../support/api-client.js';
import {
  deliveriesSettled,
  MemorySender,
  testApiKey,
  webhooksInMemory,
  type TestingOptions,
} from '../../../src/testing/index.js';

const URL = 'https://receiver.example/hook';
const caller = { userId: 'uid_local', keyId: 'key', scopes: [] };

/** The sender of the application in production. */
@Injectable()
class ProductionSender extends HttpWebhookSender {
  override send(_request: WebhookRequest): Promise<never> {
    throw new Error('a test sends over the network');
  }
}

/** The module as an application imports it: with its database, which tests do not have, and its own sender. */
function hostModule(options: Partial<DocmapWebhooksOptions> = {}) {
  @Module({
    imports: [
      DocmapWebhooksModule.forRootAsync({
        sender: ProductionSender,
        ...options,
        useFactory: () => ({
          databaseUrl: 'postgresql://nobody@127.0.0.1:1/none',
          secretsKey: '0123456789abcdef'.repeat(4),
          ...options,
        }),
      }),
    ],
  })
  class AppModule {}
  return AppModule;
}

/** Other tests create folders with other names, and other programs have temporary files, too. */
const OWN_FILE = /^docmap(?!-(test|host|packed)-)/;

describe('The module for tests of applications', () => {
  const apps: INestApplication[] = [];

  afterEach(async () => {
    for (const app of apps.splice(0)) await app.close();
  });

  async function start({ own, ...testing }: TestingOptions & { own?: Partial<DocmapWebhooksOptions> } = {}) {
    const sender = new MemorySender();
    const builder = webhooksInMemory(Test.createTestingModule({ imports: [hostModule(own)] }), { sender, ...testing });
    const module = await builder.compile();
    const app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), { logger: false });
    apps.push(app);
    await app.init();
    const events = app.get(EventsService);
    return {
      app,
      sender,
      publish: (extractionId = 'extract-1') =>
        events.publish(new ExtractionCompletedEvent({ userId: 'uid_local', extractionId, data: { pages: 1 } })),
      register: (url = URL) => app.get(WebhooksService).create(caller, { url, events: ['extraction.completed'] }),
    };
  }

  async function deliverAndClose(): Promise<void> {
    const { app, publish, register } = await start();
    await register();
    await publish();
    await deliveriesSettled(app);
    await apps.pop()?.close();
  }

  it('delivers what an application publishes in process, with signatures that verify', async () => {
    const { app, sender, publish, register } = await start();
    const { secret, webhook } = await register();
    await publish();
    await deliveriesSettled(app);
    expect(sender.requests).toMatchObject([{ url: URL, webhookId: webhook.id, userId: 'uid_local' }]);
    const [{ body, headers }] = sender.requests as [WebhookRequest];
    expect(new Webhook(secret ?? '').verify(body, headers)).toMatchObject({ data: { id: 'extract-1' } });
    expect(app.getHttpServer().listening).toBe(false);
  });

  it('answers requests of the API with the key for tests', async () => {
    const { app, publish, register } = await start();
    await register();
    await publish();
    await deliveriesSettled(app);
    const answer = await app.inject({
      url: '/v1/webhooks/deliveries',
      headers: { authorization: `Bearer ${testApiKey}` },
    });
    expect(answer.json()).toMatchObject({ data: [{ status: 'success', httpStatus: 200, url: URL }] });
  });

  it('makes all attempts of the schedule for tests before deliveries are settled', async () => {
    const { app, sender, publish, register } = await start();
    await register();
    sender.respondWith(500, 'connection refused', 204);
    await publish();
    await deliveriesSettled(app);
    const attempts = sender.requests.map(({ headers }) => headers['x-docmap-attempt']);
    expect(attempts).toEqual(['1', '2', '3']);
    sender.respondWith(500);
    await publish('extract-2');
    await deliveriesSettled(app);
    expect(sender.requests).toHaveLength(6);
  });

  it('answers each webhook by a function, and finds its requests by the URL', async () => {
    const { app, sender, publish, register } = await start();
    await register();
    await register('https://other.example');
    sender.respondWith(async ({ url }) => (url === URL ? 200 : 410));
    await publish();
    await deliveriesSettled(app);
    expect(sender.requestsFor(URL)).toHaveLength(1);
    expect(sender.requestsFor('https://other.example')).toHaveLength(1);
    sender.clear();
    await publish();
    await deliveriesSettled(app);
    // After 410 a webhook gets no more requests.
    expect(sender.requests.map(({ url }) => url)).toEqual([URL]);
  });

  it("keeps the application's other parts, and waits for none of their later retries", async () => {
    class HourlySchedule extends RetrySchedule {
      override delayAfter = () => 3_600_000;
    }
    const { app, sender, publish, register } = await start({ own: { retrySchedule: HourlySchedule } });
    await register();
    sender.respondWith(500);
    await publish();
    await deliveriesSettled(app);
    expect(sender.requests).toHaveLength(1);
    await expect(deliveriesSettled(app, { timeoutMs: 50, retriesWithinMs: 7_200_000 })).rejects.toThrow(
      /1 deliveries are not settled after 50 ms:\n- extraction\.completed to https:\/\/receiver\.example\/hook: due, 1 /,
    );
  });

  it('lists the deliveries in flight when a receiver does not answer in time', async () => {
    const { app, sender, publish, register } = await start();
    await register();
    const waiting: ((status: number) => void)[] = [];
    sender.respondWith(() => new Promise<number>((resolve) => void waiting.push(resolve)));
    await publish();
    await expect(deliveriesSettled(app, { timeoutMs: 100 })).rejects.toThrow(/hook: in flight, 0 attempts made/);
    waiting[0]?.(200);
    await deliveriesSettled(app);
  });

  it('ends an attempt without an answer at the timeout of deliveries', async () => {
    const { app, sender, publish, register } = await start({ deliveryTimeoutMs: 100, retrySchedule: '0s' });
    await register();
    sender.respondWith(() => new Promise<number>(() => undefined));
    await publish();
    await deliveriesSettled(app);
    const answer = await app.inject({
      url: '/v1/webhooks/deliveries',
      headers: { authorization: `Bearer ${testApiKey}` },
    });
    expect(answer.json()).toMatchObject({ data: [{ status: 'failed', httpStatus: null, error: /timed? ?out/ }] });
  });

  it('gives each application a database of its own', async () => {
    const [one, other] = [await start(), await start()];
    await one.register();
    expect(await one.publish()).toMatchObject({ deliveries: 1 });
    expect(await other.publish()).toMatchObject({ deliveries: 0 });
  });

  it('leaves no files, timers and listeners when it is started and closed again and again', async () => {
    const before = new Set(await readdir(tmpdir()));
    const left = async () => ({
      files: (await readdir(tmpdir())).filter((name) => !before.has(name) && OWN_FILE.test(name)),
      timers: process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length,
      listeners: process.eventNames().map((name) => [name, process.listenerCount(name)]),
    });
    await deliverAndClose();
    const { files, timers, listeners } = await left();
    await deliverAndClose();
    await deliverAndClose();
    // A timer of the last moment can end by itself.
    const after = await eventually(async () => {
      const now = await left();
      return now.timers <= timers ? now : undefined;
    }, `${timers} timers`);
    expect(after).toMatchObject({ files, listeners });
  });
});
