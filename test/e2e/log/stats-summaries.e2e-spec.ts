import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { uuidV7 } from '../../../src/common/ids.js';
import { AppConfig } from '../../../src/config/app-config.js';
import { PrismaService } from '../../../src/database/prisma.service.js';
import { AttemptSummariesService } from '../../../src/deliveries/attempt-summaries.service.js';
import { RetentionService } from '../../../src/retention/retention.service.js';
import { eventually } from '../../support/api-client.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Random } from '../../support/random.js';
import { newSubscriber, type Subscriber } from '../support/subscriber.js';
import { insertRows } from '../support/insert-rows.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Durations that are often equal, as those of a receiver. */
const DURATIONS = [3, 3, 3, 7, 12, 12, 40, 250, 251, 9_999];

const ago = (ms: number) => new Date(Date.now() - ms);
/** Periods that begin at any time. */
const periods = () => [ago(DAY_MS), ago(2 * HOUR_MS + 123_456), ago(7 * MINUTE_MS)];

const close = (value: unknown): unknown => (typeof value === 'number' ? expect.closeTo(value, 6) : value);

function closeTo({ p50, p95, p99, ...row }: Record<string, unknown>): Record<string, unknown> {
  return { ...row, p50: close(p50), p95: close(p95), p99: close(p99) };
}

const spread = (count: number, from: number, until: number): number[] =>
  Array.from({ length: count }, (_value, index) => Math.floor(from + ((until - from) * index) / count));

/** The statistics of a webhook or of its user, from the API. */
async function statsOf({ api, webhookId }: Subscriber, ofWebhook: boolean, since: Date) {
  const path = ofWebhook ? `/v1/webhooks/${webhookId}/stats` : '/v1/webhooks/stats';
  const { body } = await api.get(`${path}?since=${since.toISOString()}`);
  const { hours, ...total } = body.data;
  return [{ hour: null, ...total }, ...hours].map(({ hour, attempts, succeeded, durationMs }) => {
    return { hour, attempts, succeeded, ...durationMs };
  });
}

describe('Statistics with summaries of the log', () => {
  let service: TestApp;
  let prisma: PrismaService;

  beforeAll(async () => {
    service = await startApp();
    prisma = service.app.get(PrismaService);
  });

  afterAll(async () => {
    await service.close();
  });

  /** Writes attempts at these times into the log. */
  async function log({ userId, webhookUuid }: Subscriber, times: readonly number[], event = 'extraction.completed') {
    await insertRows(
      prisma,
      'delivery_attempts',
      times.map((time, index) => {
        const success = index % 7 !== 0;
        return {
          id: uuidV7(time),
          userId,
          webhookUuid,
          deliveryId: randomUUID(),
          eventId: randomUUID(),
          extractionId: 'extract-1',
          event,
          url: 'https://your-app.example/webhooks',
          status: success ? 'success' : 'failed',
          httpStatus: success ? 200 : 500,
          error: success ? null : 'HTTP 500',
          outcome: success ? 200 : 6_500,
          durationMs: DURATIONS[index % DURATIONS.length]!,
          attempt: 1,
          trigger: 'event',
          requestHeaders: '',
          responseTruncated: false,
          createdAt: new Date(time),
        };
      }),
    );
  }

  /** The statistics of the log alone, as PostgreSQL computes them. */
  async function expectedOf(userId: string, webhookUuid: string | undefined, since: Date) {
    const rows = await prisma.$queryRaw<Record<string, unknown>[]>`
      SELECT date_trunc('hour', created_at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS hour, count(*)::int AS attempts,
        count(*) FILTER (WHERE status = 'success')::int AS succeeded,
        percentile_cont(0.50) WITHIN GROUP (ORDER BY duration_ms) AS p50,
        percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_ms) AS p95,
        percentile_cont(0.99) WITHIN GROUP (ORDER BY duration_ms) AS p99
      FROM delivery_attempts
      WHERE user_id = ${userId} AND created_at >= ${since} AND (${webhookUuid ?? null}::uuid IS NULL OR webhook_id = ${webhookUuid ?? null}::uuid)
      GROUP BY GROUPING SETS ((), (1)) ORDER BY hour NULLS FIRST`;
    return rows.map(({ hour, ...figures }) => ({ hour: (hour as Date | null)?.toISOString() ?? null, ...figures }));
  }

  /** Checks the statistics of the webhook and of its user, for periods that begin at any time. */
  async function expectExact(subscriber: Subscriber, ...since: Date[]): Promise<void> {
    for (const time of since) {
      for (const ofWebhook of [true, false]) {
        const got = await statsOf(subscriber, ofWebhook, time);
        const expected = await expectedOf(subscriber.userId, ofWebhook ? subscriber.webhookUuid : undefined, time);
        expect(got).toEqual(expected.map((row) => closeTo(row)));
      }
    }
  }

  const summaries = (userId: string, stale = false) => prisma.attemptSummary.count({ where: { userId, stale } });
  /** Summarizes what is missing or stale. */
  const summarize = () => service.app.get(AttemptSummariesService).summarize();

  /** Summarizes everything, also attempts that a test has added to the past. */
  async function summarizeAll(): Promise<void> {
    await prisma.attemptSummaryProgress.deleteMany();
    await summarize();
  }

  /** A user with attempts of two webhooks in the last three hours. */
  async function busy(): Promise<Subscriber> {
    const subscriber = await newSubscriber(service, 'https://your-app.example/webhooks');
    const other = await subscriber.api.createWebhook('https://your-app.example/others');
    const now = Date.now();
    await log(subscriber, spread(450, now - 3 * HOUR_MS, now));
    await log(subscriber, spread(150, now - 2 * HOUR_MS, now - HOUR_MS), 'extraction.failed');
    const uuid = other.webhook.id.slice(8).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    await log({ ...subscriber, webhookUuid: uuid }, spread(150, now - 3 * HOUR_MS, now));
    return subscriber;
  }

  it('are those of the log, before and after it is summarized', async () => {
    const subscriber = await busy();
    await expectExact(subscriber, ...periods());
    await summarizeAll();
    expect(await summaries(subscriber.userId)).toBeGreaterThan(20);
    await expectExact(subscriber, ...periods());
  });

  it('come from the summaries', async () => {
    const subscriber = await busy();
    await summarizeAll();
    const [before] = await statsOf(subscriber, false, ago(DAY_MS));
    await prisma.attemptSummary.updateMany({
      where: { userId: subscriber.userId },
      data: { attempts: { increment: 1_000 } },
    });
    const [after] = await statsOf(subscriber, false, ago(DAY_MS));
    expect(after!.attempts).toBeGreaterThan(before!.attempts + 5_000);
  });

  it('count an attempt that is recorded long after it was made', async () => {
    const subscriber = await busy();
    await summarizeAll();
    await log(subscriber, [Date.now() - HOUR_MS, Date.now() - 2 * HOUR_MS]);
    expect(await summaries(subscriber.userId, true)).toBe(4);
    await expectExact(subscriber, ...periods());
    await summarize();
    expect(await summaries(subscriber.userId, true)).toBe(0);
    await expectExact(subscriber, ...periods());
  });

  it('count an attempt whose transaction is open while the log is summarized', async () => {
    const subscriber = await busy();
    await summarizeAll();
    await prisma.attemptSummary.updateMany({ where: { userId: subscriber.userId }, data: { stale: true } });
    const { userId, webhookUuid } = subscriber;
    let summarized: Promise<void> | undefined;
    await prisma.$transaction(async (tx) => {
      const time = Date.now() - 2 * HOUR_MS;
      await tx.$executeRaw`
        INSERT INTO delivery_attempts (id, user_id, webhook_id, delivery_id, event_id, event, url, status, duration_ms, attempt,
          trigger, request_headers, response_truncated, created_at)
        VALUES (${uuidV7(time)}::uuid, ${userId}, ${webhookUuid}::uuid, gen_random_uuid(), gen_random_uuid(), 'extraction.completed', '',
          'success', 5, 1, 'event', '', false, ${new Date(time)})`;
      let hasEnded = false;
      summarized = summarize().then(() => void (hasEnded = true));
      // The embedded database has one connection: there, summaries begin after the transaction.
      if (service.app.get(AppConfig).databaseUrl === undefined) return;
      await eventually(async () => {
        const [row] = await tx.$queryRaw<{ waits: boolean }[]>`
          SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted) AS waits`;
        return hasEnded || row?.waits ? true : undefined;
      }, 'summaries that wait for the transaction, or their end');
    });
    await expect(summarized).resolves.toBeUndefined();
    await expectExact(subscriber, ...periods());
  });

  it('do not count attempts that were removed', async () => {
    const subscriber = await busy();
    await summarizeAll();
    const { userId } = subscriber;
    await prisma.deliveryAttempt.deleteMany({ where: { userId, createdAt: { lt: ago(2.5 * HOUR_MS) } } });
    await prisma.deliveryAttempt.deleteMany({
      where: { userId, event: 'extraction.failed', createdAt: { lt: ago(1.5 * HOUR_MS) } },
    });
    await expectExact(subscriber, ...periods());
    await summarize();
    expect(
      await prisma.attemptSummary.count({ where: { userId, startsAt: { lt: ago(2.5 * HOUR_MS + 10 * MINUTE_MS) } } }),
    ).toBe(0);
    await expectExact(subscriber, ...periods());
  });

  it('are right during retention, which leaves no summary behind', async () => {
    const subscriber = await busy();
    await log(subscriber, spread(60, Date.now() - 31 * DAY_MS, Date.now() - 31 * DAY_MS + 20 * MINUTE_MS));
    await summarizeAll();
    await expectExact(subscriber, new Date(0));
    await service.app.get(RetentionService).removeExpired();
    await expectExact(subscriber, new Date(0));
    await summarize();
    const { userId } = subscriber;
    expect(await prisma.attemptSummary.count({ where: { userId, startsAt: { lt: ago(30 * DAY_MS) } } })).toBe(0);
  });

  it('are those of the log after random changes', async () => {
    const numbers = new Random(Date.now());
    const random = () => numbers.next();
    const subscriber = await newSubscriber(service, 'https://your-app.example/webhooks');
    for (let round = 0; round < 6; round += 1) {
      const times = Array.from({ length: 120 }, () => Date.now() - Math.floor(random() * 3 * HOUR_MS));
      await log(subscriber, times);
      if (random() < 0.5) await summarizeAll();
      if (random() < 0.3) {
        const from = ago(random() * 3 * HOUR_MS);
        const createdAt = { gte: from, lt: new Date(from.getTime() + random() * HOUR_MS) };
        await prisma.deliveryAttempt.deleteMany({ where: { userId: subscriber.userId, createdAt } });
      }
      await expectExact(subscriber, ago(random() * 4 * HOUR_MS));
    }
    await summarizeAll();
    expect(await summaries(subscriber.userId)).toBeGreaterThan(0);
    await expectExact(subscriber, ago(DAY_MS));
  });
});
