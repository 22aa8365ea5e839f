import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { migrate } from '../../src/database/migrator.js';
import { deliveryById } from '../../src/deliveries/deliveries.repository.js';
import { statisticsOf } from '../../src/deliveries/statistics.statement.js';
import { attemptsOf, listingOf, type AttemptFilter } from '../../src/deliveries/listing.statement.js';
import type { Prisma } from '../../src/generated/prisma/client.js';
import { emptyServerDatabase, type EmptyServerDatabase } from './support/empty-database.js';
import { describeOnServer } from './support/kinds.js';
import {
  ATTEMPTS,
  BIG_USER,
  BUSY_WEBHOOK,
  fillLargeLog,
  MIDDLE,
  QUIET_USER,
  RARE_DELIVERY,
  RARE_WEBHOOK,
} from './support/large-log.js';
import { MIGRATIONS_DIR } from './support/migrations-folder.js';
import { readingOf } from './support/plans.js';
import { openSession, type ServerSession } from './support/session.js';

jest.setTimeout(300_000);

type Narrowing = Omit<AttemptFilter, 'userId'>;

/** Each filter, with a common and a rare value. A list of a rare value has fifty rows. */
const FILTERS: Record<string, Narrowing> = {
  'a busy webhook': { webhookUuid: BUSY_WEBHOOK },
  'a rare webhook': { webhookUuid: RARE_WEBHOOK },
  'status success': { status: 'success' },
  'status failed': { status: 'failed' },
  'a common event type': { event: 'extraction.completed' },
  'a rare event type': { event: 'webhook.test' },
  'an extraction': { extractionId: `extract-${ATTEMPTS / 8}` },
  'a delivery': { deliveryId: RARE_DELIVERY },
  since: { since: new Date(MIDDLE) },
  until: { until: new Date(MIDDLE) },
  'HTTP 500': { httpStatus: [500, 500] },
  'a rare HTTP status': { httpStatus: [418, 418] },
  'a rare status of a success': { httpStatus: [204, 204] },
  'HTTP 5xx': { httpStatus: [500, 599] },
  'no HTTP status': { httpStatus: [0, 0] },
  'trigger retry': { trigger: 'retry' },
  'a rare trigger': { trigger: 'resend' },
  'class response': { errorClass: 'response' },
  'a rare class of errors': { errorClass: 'dns' },
  'a class without records': { errorClass: 'proxy' },
  'a cursor': { before: '019b7f00-0000-7000-8000-000000000000' },
};

/** A page of the log, and the row that shows that there are more. */
const LIMIT = 51;
/**
 * The most pages that a list may read. Each of the big user's 41 kinds may read its records and ten pages of indexes. The log has
 * 140,000 pages. Each of its indexes has 19,000 or more.
 */
const MAX_PAGES = 41 * (LIMIT + 10);

describeOnServer(`The log with ${ATTEMPTS.toLocaleString('en-US')} attempts`, () => {
  let database: EmptyServerDatabase;
  let session: ServerSession;

  beforeAll(async () => {
    database = await emptyServerDatabase();
    session = await openSession(database.url);
    await migrate(session, MIGRATIONS_DIR, () => undefined);
    await fillLargeLog(session);
  });

  afterAll(async () => {
    await session.close();
    await database.drop();
  });

  /** The statement reads indexes only, and few pages of them. */
  const FEW = { indexes: expect.arrayContaining([expect.any(String)]), tableScans: 0, isBounded: true };

  async function read(statement: Prisma.Sql) {
    const { pages, ...reading } = await readingOf(session, statement);
    return { ...reading, isBounded: pages < MAX_PAGES || pages };
  }

  it.each(Object.keys(FILTERS))('lists the attempts of a filter by an index: %s', async (name) => {
    expect(await read(listingOf({ userId: BIG_USER, ...FILTERS[name] }, LIMIT))).toEqual(FEW);
    expect(await read(listingOf({ userId: QUIET_USER, ...FILTERS[name] }, LIMIT))).toEqual(FEW);
  });

  const names = Object.keys(FILTERS);
  const pairs = names.flatMap((one, at) => names.slice(at + 1).map((other) => [one, other] as const));

  it.each(pairs)('lists the attempts of two filters by an index: %s, %s', async (one, other) => {
    expect(await read(listingOf({ userId: BIG_USER, ...FILTERS[one], ...FILTERS[other] }, LIMIT))).toEqual(FEW);
  });

  it('finds all attempts of a rare value', async () => {
    for (const name of names.filter((each) => each.includes('rare'))) {
      const { text, values } = listingOf({ userId: BIG_USER, ...FILTERS[name] }, LIMIT);
      expect([name, (await session.query(text, values)).length]).toEqual([name, 50]);
    }
  });

  it('sums up the attempts of a rare webhook by an index', async () => {
    expect(await read(statisticsOf({ userId: BIG_USER, webhookUuid: RARE_WEBHOOK }, new Date(0)))).toEqual(FEW);
  });

  it('finds a delivery by its id by indexes', async () => {
    expect(await read(deliveryById(RARE_DELIVERY, undefined))).toEqual(FEW);
    expect(await read(attemptsOf(RARE_DELIVERY, LIMIT))).toEqual(FEW);
  });
});
