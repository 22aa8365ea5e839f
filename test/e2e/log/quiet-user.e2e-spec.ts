import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { uuidV7Floor } from '../../../src/common/ids.js';
import { PrismaService } from '../../../src/database/prisma.service.js';
import { listingOf, type AttemptFilter } from '../../../src/deliveries/listing.statement.js';
import { Prisma } from '../../../src/generated/prisma/client.js';
import { startApp, type TestApp } from '../../support/app.js';

interface Plan {
  'Index Name'?: string;
  'Node Type': string;
  Plans?: Plan[];
}

const QUIET = 'uid_quiet';
const WEBHOOK = randomUUID();
/** Kinds and ids of the user's attempts, then the rows of a page. */
const BY_KIND = ['kind_idx', 'pkey'];

/** A read of one user's log must not scan later attempts of other users. */
describe("The log of a user whose last attempts are older than thousands of another's", () => {
  let service: TestApp;
  let prisma: PrismaService;

  beforeAll(async () => {
    service = await startApp();
    prisma = service.app.get(PrismaService);
    await writeAttempts(QUIET, 3_000, 2);
    await writeAttempts('uid_busy', 10_000, 1);
    await prisma.$executeRaw`ANALYZE delivery_attempts`;
  });

  afterAll(() => service.close());

  /** Attempts of one webhook at one per second, from this many days ago. One in ten failed. */
  function writeAttempts(userId: string, count: number, days: number): Promise<number> {
    return prisma.$executeRaw`
      INSERT INTO delivery_attempts (id, user_id, webhook_id, delivery_id, event_id, extraction_id, event, url, status,
        duration_ms, attempt, trigger, request_headers, response_truncated, created_at)
      SELECT uuid_v7(at), ${userId}, ${WEBHOOK}::uuid, gen_random_uuid(), gen_random_uuid(), 'extract-' || number % 100,
        'extraction.completed', 'https://receiver.example/', (CASE WHEN number % 10 = 0 THEN 'failed' ELSE 'success' END)::attempt_status,
        1, 1, 'event', repeat('x', 500), false, at
      FROM (SELECT number, now() - ${days}::int * interval '1 day' + number * interval '1 second' AS at
        FROM generate_series(1, ${count}::int) number) made`;
  }

  async function indexesOf(filter: Omit<AttemptFilter, 'userId'>): Promise<string[]> {
    const statement = listingOf({ userId: QUIET, ...filter }, 51);
    const [row] = await prisma.$queryRaw<{ 'QUERY PLAN': { Plan: Plan }[] }[]>(
      Prisma.sql`EXPLAIN (FORMAT JSON) ${statement}`,
    );
    const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
    const names = nodesOf(row!['QUERY PLAN'][0]!.Plan).flatMap((node) => node['Index Name'] ?? []);
    return [...new Set(names)].map((name) => name.replace('delivery_attempts_', ''));
  }

  it.each<[string, Omit<AttemptFilter, 'userId'>, string[]]>([
    ['all', {}, ['user_id_id_idx']],
    ['behind a cursor', { before: uuidV7Floor(Date.now() - 2 * 86_400_000 + 2_000_000) }, ['user_id_id_idx']],
    ['of a window', { since: new Date(0), until: new Date() }, ['user_id_id_idx']],
    ['of an event', { event: 'extraction.completed' }, BY_KIND],
    ['of a webhook', { webhookUuid: WEBHOOK }, BY_KIND],
    ['of an extraction', { extractionId: 'extract-7' }, ['user_id_extraction_id_id_idx']],
    ['of both', { webhookUuid: WEBHOOK, extractionId: 'extract-7' }, ['user_id_extraction_id_id_idx']],
    ['of a delivery', { deliveryId: WEBHOOK }, ['delivery_id_idx']],
    ['that failed', { status: 'failed' }, BY_KIND],
  ])('is read by an index of the user: %s', async (_which, filter, indexes) => {
    expect(await indexesOf(filter)).toEqual(indexes);
  });
});
