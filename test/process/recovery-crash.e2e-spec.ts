import { afterEach, expect, it, jest } from '@jest/globals';
import { webhookUuidOf } from '../../src/common/ids.js';
import { eventually } from '../support/api-client.js';
import { describeOnServer } from './support/kinds.js';
import { openSession } from './support/session.js';
import { Stage } from './support/stage.js';

jest.setTimeout(120_000);

const EVENTS = 30_000;
/** Within the retention. */
const SINCE = new Date(Date.now() - 172_800_000).toISOString();

describeOnServer('A recovery whose process is killed', () => {
  const stage = new Stage();

  afterEach(() => stage.clear());

  it.each(['missed', 'all'])('continues in the next process and queues each event once: %s', async (include) => {
    const database = await stage.database('server');
    const first = await stage.start(database);
    const { webhook } = await first.api.createWebhook('https://your-app.example/webhooks');
    const session = await openSession(database.env.DATABASE_URL ?? '');
    try {
      // Deliveries wait: no request leaves this machine.
      await session.query(`UPDATE webhooks SET throttled_until = now() + interval '1 hour'`);
      await session.query(
        `INSERT INTO events (id, type, user_id, extraction_id, payload, occurred_at, created_at, delivery_count)
         SELECT (left(hex, 8) || '-' || substr(hex, 9) || '-7000-8000-' || lpad(to_hex(place), 12, '0'))::uuid,
           'extraction.completed', $1, 'extract-' || place, '{"type":"extraction.completed","data":{}}', at, at, 0
         FROM (SELECT place, at, lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') AS hex
           FROM generate_series(1, $2::int) AS place
           CROSS JOIN LATERAL (SELECT $3::timestamptz + place * interval '1 second' AS at) AS time) AS placed`,
        [webhook.userId, EVENTS, SINCE],
      );
      if (include === 'all') {
        await session.query(
          `INSERT INTO deliveries (id, event_id, webhook_id, state, trigger) SELECT id, id, $1, 'succeeded', 'event' FROM events`,
          [webhookUuidOf(webhook.id)],
        );
      }
      const asked = first.api.post(`/v1/webhooks/${webhook.id}/recover`, { since: SINCE, include }).catch(() => null);
      const running = await eventually(async () => {
        const { data } = (await first.api.get(`/v1/webhooks/${webhook.id}/recoveries`)).body;
        return data[0]?.queued > 0 ? data[0] : undefined;
      }, 'the first step');
      await first.kill('SIGKILL');
      await asked;
      expect(running.status).toBe('running');
      expect(await queued(session)).toBeLessThan(EVENTS);

      const second = await stage.start(database);
      const path = `/v1/webhooks/${webhook.id}/recoveries/${running.id}`;
      const completed = await eventually(
        async () => {
          const { data } = (await second.api.get(path)).body;
          return data.status === 'completed' ? data : undefined;
        },
        'the end of the recovery',
        60_000,
      );
      expect(completed).toMatchObject({ queued: EVENTS, examined: EVENTS, left: 0 });
      expect(await queued(session)).toBe(EVENTS);
    } finally {
      await session.close();
    }
  });
});

async function queued(session: Awaited<ReturnType<typeof openSession>>): Promise<number> {
  const [row] = await session.query<{ queued: number }>(
    `SELECT count(*)::int AS queued FROM deliveries WHERE state = 'pending' AND trigger = 'recover'`,
  );
  return row?.queued ?? 0;
}
