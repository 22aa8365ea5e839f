import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { webhookUuidOf } from '../../src/common/ids.js';
import { DELIVERIES_QUEUED_CHANNEL, noticedWebhooks } from '../../src/queue/deliveries-queued.event.js';
import { WEBHOOK_INVALIDATED_CHANNEL } from '../../src/webhooks/webhook-invalidated.event.js';
import { eventually } from '../support/api-client.js';
import type { TestDatabase } from '../support/database.js';
import { describeOnServer } from './support/kinds.js';
import { Stage } from './support/stage.js';

const MARK = 'mark';

describeOnServer('A process', () => {
  const stage = new Stage();
  let database: TestDatabase;
  let listener: Client;
  let notices: string[];

  beforeEach(async () => {
    database = await stage.database('server');
    notices = [];
    listener = new Client({ connectionString: database.env.DATABASE_URL });
    listener.on('notification', ({ payload = '' }) => notices.push(payload));
    await listener.connect();
  });

  afterEach(async () => {
    await listener.end();
    await stage.clear();
  });

  /** The notices since the last call. They arrive in the order of their commits. */
  async function sinceThen(channel: string): Promise<string[]> {
    await listener.query(`NOTIFY ${channel}, '${MARK}'`);
    await eventually(async () => (notices.at(-1) === MARK ? true : undefined), 'our own notice');
    return notices.splice(0).slice(0, -1);
  }

  it('that accepts an event wakes others for waiting deliveries only, not for its own', async () => {
    await listener.query(`LISTEN ${DELIVERIES_QUEUED_CHANNEL}`);
    const silent = await stage.receiver(() => undefined);
    const { api } = await stage.start(database, { DISPATCH_CONCURRENCY_PER_WEBHOOK: '1' });
    const { webhook } = await api.createWebhook(silent.url);
    await api.publish();
    await silent.received(1);
    expect(await sinceThen(DELIVERIES_QUEUED_CHANNEL)).toEqual([]);

    // Its one slot is in use.
    await api.publish();
    expect((await sinceThen(DELIVERIES_QUEUED_CHANNEL)).map(noticedWebhooks)).toEqual([[webhookUuidOf(webhook.id)]]);
  });

  it('that gets the same pause from many requests in flight notifies the others once', async () => {
    await listener.query(`LISTEN ${WEBHOOK_INVALIDATED_CHANNEL}`);
    const open: ServerResponse[] = [];
    const receiver = await stage.receiver((_request, response) => void open.push(response));
    const { api } = await stage.start(database);
    const { webhook } = await api.createWebhook(receiver.url);
    const event = { event: 'extraction.completed', userId: webhook.userId, extractionId: 'extract-1', data: {} };
    await api.post('/v1/events/batch', { events: Array.from({ length: 10 }, () => event) });
    await receiver.received(10);
    expect(await sinceThen(WEBHOOK_INVALIDATED_CHANNEL)).toEqual([]);

    for (const [number, response] of open.entries()) {
      response.writeHead(503, { 'retry-after': '3600' }).end();
      await api.log(number + 1);
    }
    expect(await sinceThen(WEBHOOK_INVALIDATED_CHANNEL)).toEqual([webhookUuidOf(webhook.id)]);
  });
});
