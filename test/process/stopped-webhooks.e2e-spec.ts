import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { webhookUuidOf } from '../../src/common/ids.js';
import { eventually } from '../support/api-client.js';
import type { ServerProcess } from '../support/server-process.js';
import { describeOnServer } from './support/kinds.js';
import { Stage } from './support/stage.js';

/** In the user agent of the process whose requests the test answers late. */
const SLOW_PROCESS = 'slow@docmap.example';
/** The other process claims ahead for a webhook with this many answers. */
const ANSWERED = 20;
const EVENTS = 60;
/** Less than 5 s, after which a waiting delivery is released in any case. */
const BEFORE_LATE_MS = 4_000;

interface Case {
  /** Sets the webhook's health before the answer. */
  health?: string;
  answer: (response: ServerResponse) => void;
  log?: string;
}

const CASES: Record<string, Case> = {
  '410': {
    answer: (response) => response.writeHead(410).end(),
    log: 'is disabled: The endpoint answered 410 Gone.',
  },
  '429': { answer: (response) => response.writeHead(429, { 'retry-after': '3600' }).end() },
  '502': { answer: (response) => response.writeHead(502, { 'retry-after': '3600' }).end() },
  '503': { answer: (response) => response.writeHead(503, { 'retry-after': '3600' }).end() },
  '504': { answer: (response) => response.writeHead(504, { 'retry-after': '3600' }).end() },
  'a failure after five days of failures': {
    health: "failing_since = now() - interval '5 days 1 minute'",
    answer: (response) => response.writeHead(500).end(),
    log: 'is disabled: The endpoint failed for 5 days without one success.',
  },
  'the twentieth failure in two minutes': {
    health: "failing_since = now() - interval '2 minutes', consecutive_failures = 19",
    answer: (response) => response.writeHead(500).end(),
    log: 'failed 20 times in a row',
  },
};

describeOnServer('A process that holds deliveries of a webhook', () => {
  const stage = new Stage();
  let slow: ServerProcess;
  let ahead: ServerProcess;
  let client: Client;

  beforeAll(async () => {
    const database = await stage.database('server');
    // No attempt ends by itself, even on a slow machine.
    const one = { DISPATCH_CONCURRENCY_PER_WEBHOOK: '1', RETRY_SCHEDULE: '0s,1h', DELIVERY_TIMEOUT_MS: '60000' };
    slow = await stage.start(database, { ...one, DISPATCH_CONCURRENCY: '1', WEBHOOK_CONTACT: SLOW_PROCESS });
    ahead = await stage.start(database, one);
    client = new Client({ connectionString: database.env.DATABASE_URL });
    await client.connect();
  });

  afterAll(async () => {
    await client?.end();
    await stage.clear();
  });

  /** A webhook with one request of each process in flight, and more that one of them has claimed. */
  async function claimedAhead() {
    const open = { slow: [] as ServerResponse[], ahead: [] as ServerResponse[] };
    let answered = 0;
    const receiver = await stage.receiver(({ headers }, response) => {
      const isSlow = headers['user-agent']?.includes(SLOW_PROCESS) ?? false;
      if (!isSlow && answered < ANSWERED) {
        answered += 1;
        response.end();
      } else open[isSlow ? 'slow' : 'ahead'].push(response);
    });
    const { webhook } = await ahead.api.createWebhook(receiver.url);
    const uuid = webhookUuidOf(webhook.id);
    const event = { event: 'extraction.completed', userId: webhook.userId, extractionId: 'extract-1', data: {} };
    await ahead.api.post('/v1/events/batch', { events: Array.from({ length: EVENTS }, () => event) });
    const leased = async () => {
      const sql = 'SELECT count(*)::int AS leased FROM deliveries WHERE webhook_id = $1 AND lease_token IS NOT NULL';
      return (await client.query<{ leased: number }>(sql, [uuid])).rows[0]?.leased ?? 0;
    };
    await receiver.received(ANSWERED + 2);
    // A success that is recorded later would end the health that a test sets.
    await ahead.api.log(ANSWERED, `&webhookId=${webhook.id}`);
    await eventually(async () => ((await leased()) > 4 ? true : undefined), 'deliveries that wait in a process');
    return { id: webhook.id, uuid, receiver, open, leased };
  }

  type Claimed = Awaited<ReturnType<typeof claimedAhead>>;

  /**
   * The number of requests to the webhook after the release of its deliveries and the answers to all requests in
   * flight.
   */
  async function requestsInTheEnd({ id, receiver, open, leased }: Claimed): Promise<number> {
    await eventually(
      async () => ((await leased()) <= 1 ? true : undefined),
      'the others to be handed back',
      BEFORE_LATE_MS,
    );
    for (const response of open.ahead) response.end();
    await ahead.api.log(ANSWERED + 2, `&webhookId=${id}`);
    // Its process has a free slot and sends its deliveries.
    const other = await stage.receiver();
    const neighbour = await ahead.api.createWebhook(other.url);
    await ahead.api.publish();
    await other.received(1);
    const { length } = receiver.requests;
    for (const webhookId of [id, neighbour.webhook.id]) {
      await ahead.api.patch(`/v1/webhooks/${webhookId}`, { active: false });
    }
    return length;
  }

  it.each(Object.entries(CASES))(
    'sends none of them when another process has received %s from it',
    async (_name, { health, answer, log }) => {
      const claimed = await claimedAhead();
      if (health !== undefined) await client.query(`UPDATE webhooks SET ${health} WHERE id = $1`, [claimed.uuid]);
      const begin = slow.output.length;
      for (const response of claimed.open.slow) answer(response);
      expect(await requestsInTheEnd(claimed)).toBe(ANSWERED + 2);
      if (log !== undefined) {
        expect(slow.output.slice(begin).filter((line) => line.includes(`${claimed.id} ${log}`))).toHaveLength(1);
      }
    },
  );

  it('sends none of them when its owner pauses it through another process', async () => {
    const claimed = await claimedAhead();
    await slow.api.patch(`/v1/webhooks/${claimed.id}`, { active: false });
    for (const response of claimed.open.slow) response.end();
    expect(await requestsInTheEnd(claimed)).toBe(ANSWERED + 2);
  });
});
