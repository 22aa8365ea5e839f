import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PrismaService } from '../../src/database/prisma.service.js';
import { DispatcherService } from '../../src/dispatcher/dispatcher.service.js';
import { EventsService } from '../../src/events/events.service.js';
import type { Prisma } from '../../src/generated/prisma/client.js';
import { BacklogMetrics } from '../../src/metrics/backlog-metrics.js';
import { backlogStatement, DELIVERIES_LIMIT, unhealthyStatement } from '../../src/metrics/figures.repository.js';
import { FIRST_WEBHOOK } from '../../src/queue/claim-limits.js';
import { eventually } from '../support/api-client.js';
import { startApp, type TestApp } from '../support/app.js';
import { Receiver } from '../support/receiver.js';

/** The values of a scrape, by name and labels. */
async function scrape({ url }: TestApp): Promise<Map<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

/** Inserts pending deliveries of a webhook, which are due after `dueIn`, an interval of SQL. */
async function insertPending({ app }: TestApp, webhook: string, count: number, dueIn: string, step = 0): Promise<void> {
  await app.get(PrismaService).$executeRawUnsafe(`
    INSERT INTO deliveries (id, event_id, webhook_id, trigger, schedule_step, next_attempt_at)
    SELECT gen_random_uuid(), gen_random_uuid(), '${webhook}', 'event', ${step}, now() + interval '${dueIn}'
    FROM generate_series(1, ${count})`);
}

/** Inserts webhooks with values of their columns of health, and returns their uuids. */
async function insertWebhooks({ app }: TestApp, count: number, health: Record<string, string> = {}): Promise<string[]> {
  const columns = Object.keys(health).map((name) => `, ${name}`);
  const values = Object.values(health).map((value) => `, ${value}`);
  const rows = await app.get(PrismaService).$queryRawUnsafe<{ id: string }[]>(`
    INSERT INTO webhooks (id, user_id, url, events, secret, updated_at ${columns.join('')})
    SELECT gen_random_uuid(), 'uid_many', 'https://example.com', '{}', '', now() ${values.join('')}
    FROM generate_series(1, ${count}) RETURNING id`);
  return rows.map(({ id }) => id);
}

describe('The metrics of a service that sends', () => {
  let service: TestApp;
  let receiver: Receiver;

  beforeAll(async () => {
    receiver = await Receiver.start((_request, response, number) => {
      response.statusCode = number === 2 ? 500 : 200;
      response.end();
    });
    service = await startApp({ env: { DELIVERY_TIMEOUT_MS: '4000' } });
  });

  afterAll(async () => {
    await service.close();
    await receiver.close();
  });

  it('count accepted events, attempts by outcome, finished deliveries and their lag', async () => {
    await service.api.post('/v1/webhooks', { url: receiver.url, events: ['extraction.completed'] });
    for (const extractionId of ['one', 'two']) {
      const event = { event: 'extraction.completed', userId: 'uid_local', extractionId, data: {} };
      await service.api.post('/v1/events', event);
      await receiver.received(extractionId === 'one' ? 1 : 3);
    }
    const values = await eventually(async () => {
      const now = await scrape(service);
      return now.get('docmap_deliveries_finished_total{state="succeeded"}') === 2 ? now : undefined;
    }, 'two finished deliveries');
    expect(values.get('docmap_events_accepted_total')).toBe(2);
    const attempts = 'docmap_delivery_attempts_total';
    expect(values.get(`${attempts}{status="success",outcome="success",trigger="event"}`)).toBe(1);
    expect(values.get(`${attempts}{status="failed",outcome="5xx",trigger="event"}`)).toBe(1);
    expect(values.get(`${attempts}{status="success",outcome="success",trigger="retry"}`)).toBe(1);
    expect(values.get(`${attempts}{status="failed",outcome="timeout",trigger="event"}`)).toBe(0);
    expect(values.get('docmap_delivery_lag_seconds_count')).toBe(2);
    expect(values.get('docmap_delivery_lag_seconds_bucket{le="5"}')).toBe(2);
    const enqueued = ['fast-path', 'claim'].map((path) =>
      values.get(`docmap_deliveries_enqueued_total{path="${path}"}`),
    );
    expect((enqueued[0] ?? 0) + (enqueued[1] ?? 0)).toBe(2);
    expect(values.get('docmap_queue_batch_size_sum{operation="settle"}')).toBe(3);
    expect(values.get('docmap_queue_statement_failures_total{operation="settle"}')).toBe(0);
    expect(values.get('docmap_leases_lost_total')).toBe(0);
    expect(values.get('docmap_delivery_attempts_in_flight')).toBe(0);
    expect(values.get('docmap_listener_connected')).toBe(1);
  });

  it('have buckets up to the configured deadline, and one for attempts that the deadline ended', async () => {
    const name = 'docmap_delivery_attempt_duration_seconds_bucket';
    const bounds = [...(await scrape(service)).keys()].flatMap((key) => {
      return key.startsWith(name) && key.includes('success') ? (/le="([^"]+)"/.exec(key)?.[1] ?? []) : [];
    });
    expect(bounds.slice(-4)).toEqual(['2.5', '4', '4.4', '+Inf']);
  });

  it('count requests by the pattern of their route, never by their path', async () => {
    await service.api.get('/v1/webhooks/webhook-0123456789abcdef0123456789abcdef');
    await fetch(`${service.url}/chosen/by/a/user`);
    const text = await (await fetch(`${service.url}/metrics`)).text();
    expect(text).toContain(
      'docmap_http_request_duration_seconds_count{route="GET /v1/webhooks/:id",status_class="4xx"} 1',
    );
    expect(text).toContain('docmap_http_request_duration_seconds_count{route="unmatched",status_class="4xx"} 1');
    expect(text).not.toContain('chosen');
    expect(text).not.toContain('0123456789abcdef');
  });

  it('count refused requests to publish by their code, over HTTP and in process', async () => {
    await service.api.post('/v1/events', { event: 'unknown' });
    await service.api.post('/v1/events/batch', { events: [] });
    await fetch(`${service.url}/v1/events`, { method: 'POST' });
    const inProcess = service.app.get(EventsService).publish({ event: 'unknown' } as never);
    await expect(inProcess).rejects.toThrow('event');
    const values = await scrape(service);
    expect(values.get('docmap_publish_requests_refused_total{code="VALIDATION_ERROR"}')).toBe(3);
    expect(values.get('docmap_publish_requests_refused_total{code="UNAUTHORIZED"}')).toBe(1);
  });
});

describe('The figures of the backlog', () => {
  let service: TestApp;

  /** The figures after another reading. */
  async function figures(): Promise<Map<string, number>> {
    const metrics = service.app.get(BacklogMetrics, { strict: false });
    Object.assign(metrics, { restsUntil: 0 });
    await metrics.refresh();
    return scrape(service);
  }

  async function planOf({ text, values }: Prisma.Sql): Promise<unknown> {
    const explained = `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${text}`;
    const prisma = service.app.get(PrismaService);
    const [row] = await prisma.$queryRawUnsafe<{ 'QUERY PLAN': unknown }[]>(explained, ...values);
    return row?.['QUERY PLAN'];
  }

  beforeAll(async () => {
    service = await startApp();
    // Nothing may claim the deliveries of these tests.
    await service.app.get(DispatcherService, { strict: false }).beforeApplicationShutdown();
  });

  afterAll(() => service.close());

  it('show due, retrying and paused deliveries, the oldest due age, and webhooks by health', async () => {
    const [healthy = ''] = await insertWebhooks(service, 1);
    const [failing = ''] = await insertWebhooks(service, 1, { failing_since: 'now()' });
    const [paused = ''] = await insertWebhooks(service, 1, {
      failing_since: `now() - interval '1 hour'`,
      consecutive_failures: '20',
      throttle_count: '1',
      throttled_until: `now() + interval '1 hour'`,
    });
    const [halfOpen = ''] = await insertWebhooks(service, 1, { failing_since: 'now()', throttle_count: '1' });
    const [disabled = ''] = await insertWebhooks(service, 2, { active: 'false' });
    await insertPending(service, healthy, 3, '-1 minute');
    await insertPending(service, failing, 2, '-1 second', 1);
    await insertPending(service, failing, 4, '1 hour', 2);
    for (const webhook of [paused, halfOpen, disabled]) await insertPending(service, webhook, 5, '-1 day');
    const values = await figures();
    expect(values.get('docmap_backlog_deliveries{state="due"}')).toBe(5);
    expect(values.get('docmap_backlog_deliveries{state="retrying"}')).toBe(4);
    expect(values.get('docmap_backlog_deliveries{state="paused"}')).toBe(10);
    expect(values.get('docmap_backlog_saturated{state="due"}')).toBe(0);
    expect(values.get('docmap_backlog_oldest_due_age_seconds')).toBeGreaterThanOrEqual(60);
    expect(values.get('docmap_backlog_oldest_due_age_seconds')).toBeLessThan(300);
    for (const [state, count] of Object.entries({ failing: 1, paused: 1, 'half-open': 1, disabled: 2 })) {
      expect(values.get(`docmap_webhooks{state="${state}"}`)).toBe(count);
    }
    expect(values.get('docmap_circuit_breakers_open')).toBe(1);
    expect(values.get('docmap_backlog_refresh_timestamp_seconds')).toBeGreaterThan(Date.now() / 1_000 - 60);
  });

  it('do not count leased deliveries', async () => {
    await service.app
      .get(PrismaService)
      .$executeRawUnsafe(
        `UPDATE deliveries SET leased_until = now() + interval '1 minute' WHERE next_attempt_at < now() - interval '30 seconds'`,
      );
    const values = await figures();
    expect(values.get('docmap_backlog_deliveries{state="due"}')).toBe(2);
    expect(values.get('docmap_backlog_oldest_due_age_seconds')).toBeLessThan(60);
    expect(values.get('docmap_backlog_deliveries{state="paused"}')).toBe(0);
  });

  it('end at their limit, find the oldest due delivery behind it, and read no more rows', async () => {
    const webhooks = await insertWebhooks(service, 200);
    for (const webhook of webhooks) await insertPending(service, webhook, 50, '-1 second');
    const [last = ''] = webhooks.toSorted().slice(-1);
    await insertPending(service, last, 1, '-2 hours', 1);
    const values = await figures();
    expect(values.get('docmap_backlog_deliveries{state="due"}')).toBe(DELIVERIES_LIMIT);
    expect(values.get('docmap_backlog_saturated{state="due"}')).toBe(1);
    expect(values.get('docmap_backlog_saturated{state="retrying"}')).toBe(0);
    expect(values.get('docmap_backlog_oldest_due_age_seconds')).toBeGreaterThanOrEqual(7_200);

    const plan = await planOf(backlogStatement(FIRST_WEBHOOK, { due: 0, retrying: 0, paused: 0 }));
    expect(rowsReadFrom('deliveries', plan)).toBeLessThan(2 * DELIVERIES_LIMIT);
  });

  it('read no healthy webhook', async () => {
    await insertWebhooks(service, 20_000);
    await service.app.get(PrismaService).$executeRawUnsafe('ANALYZE webhooks');
    expect(rowsReadFrom('webhooks', await planOf(unhealthyStatement()))).toBeLessThan(20);
  });
});

/** The rows that the nodes of a plan have read from a table. */
function rowsReadFrom(table: string, node: unknown): number {
  if (Array.isArray(node)) return node.reduce((sum: number, one) => sum + rowsReadFrom(table, one), 0);
  if (typeof node !== 'object' || node === null) return 0;
  const { 'Relation Name': name, 'Actual Rows': rows = 0, 'Actual Loops': loops = 0 } = node as Record<string, number>;
  const { 'Rows Removed by Filter': removed = 0 } = node as Record<string, number>;
  const own = String(name) === table ? (rows + removed) * loops : 0;
  return Object.values(node).reduce((sum: number, child) => sum + rowsReadFrom(table, child), own);
}
