import { afterEach, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { webhookUuidOf } from '../../src/common/ids.js';
import { DELIVERIES_QUEUED_CHANNEL, noticedWebhooks } from '../../src/deliveries/deliveries-queued.event.js';
import { eventually } from '../support/api-client.js';
import { describeOnServer } from './support/kinds.js';
import { Stage } from './support/stage.js';

const MARK = 'mark';

describeOnServer('A process that takes an event in', () => {
  const stage = new Stage();
  let listener: Client;

  afterEach(async () => {
    await listener.end();
    await stage.clear();
  });

  it('wakes no other one for what it sends itself, and does for what waits', async () => {
    const database = await stage.database('server');
    const notices: string[] = [];
    listener = new Client({ connectionString: database.env.DATABASE_URL });
    listener.on('notification', ({ payload = '' }) => notices.push(payload));
    await listener.connect();
    await listener.query(`LISTEN ${DELIVERIES_QUEUED_CHANNEL}`);
    /** What came since the last time: notices come in the order of their commits. */
    const sinceThen = async (): Promise<string[]> => {
      await listener.query(`NOTIFY ${DELIVERIES_QUEUED_CHANNEL}, '${MARK}'`);
      await eventually(async () => (notices.at(-1) === MARK ? true : undefined), 'our own notice');
      return notices.splice(0).slice(0, -1);
    };

    const silent = await stage.receiver(() => undefined);
    const { api } = await stage.start(database, { DISPATCH_CONCURRENCY_PER_WEBHOOK: '1' });
    const { webhook } = await api.createWebhook(silent.url);
    await api.publish();
    await silent.received(1);
    expect(await sinceThen()).toEqual([]);

    // Its one slot is taken.
    await api.publish();
    expect((await sinceThen()).map(noticedWebhooks)).toEqual([[webhookUuidOf(webhook.id)]]);
  });
});
