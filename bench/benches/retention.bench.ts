import { randomUUID } from 'node:crypto';
import { uuidV7 } from '../../src/common/ids.js';
import type { DatabaseSession } from '../../src/database/database-session.js';
import { listingOf, type AttemptFilter } from '../../src/deliveries/listing.statement.js';
import type { Prisma } from '../../src/generated/prisma/client.js';
import { attemptsStatement, FIRST_ID } from '../../src/retention/retention.repository.js';
import type { Bench, BenchRun } from '../bench.js';
import type { Figure } from '../report/figure.js';
import { percentile } from '../report/statistics.js';
import { fillHistory } from '../support/backlog.js';
import { now } from '../support/clock.js';
import type { BenchDatabase } from '../support/database.js';
import { BY_DAY, copyByDay } from '../support/partitions.js';
import { shrinkage } from '../support/scale.js';
import { CALLER } from '../support/server.js';

/** The numbers of attempts, to see what grows with the table. */
const SIZES = [200_000, 800_000];
const DAYS = 29;
const INSERT_MS = 5_000;
/** The rows of a settlement under load. */
const INSERT_ROWS = 64;
const BATCH = 4_000;
const LISTS = 20;

/** A way to remove old rows: the table that it works on, and one step of the removal. */
interface Way {
  name: string;
  table: string;
  /** Removes the next rows. @returns their number, 0 if none is left */
  step: (session: DatabaseSession) => Promise<number>;
}

/**
 * Removes old attempts in batches, as retention does, and by dropping the partition of a day, on PostgreSQL. Both have the same
 * rows and indexes, and the same inserts meanwhile.
 */
export const retention: Bench = {
  name: 'retention',
  async run(run) {
    if (!process.env.DATABASE_URL) {
      run.tell('needs a PostgreSQL server in DATABASE_URL: left out');
      return [];
    }
    const figures: Figure[] = [];
    for (const size of SIZES) figures.push(...(await measureSize(run, size / shrinkage(run.options))));
    return figures;
  },
};

async function measureSize(run: BenchRun, attempts: number): Promise<Figure[]> {
  const webhookUuid = randomUUID();
  const database = await run.stage.database();
  const partitions = await database.prepare(async (session) => {
    run.tell(`filling ${attempts} attempts, twice`);
    await fillHistory(session, { attempts, userId: CALLER, webhookUuid, days: DAYS });
    const names = await copyByDay(session, DAYS);
    await session.script('VACUUM (ANALYZE)');
    return names;
  });
  const ways: Way[] = [
    { name: 'batches', table: 'delivery_attempts', step: inBatches() },
    { name: 'partitions by day', table: BY_DAY, step: byDropping(partitions) },
  ];
  const figures: Figure[] = [];
  for (const way of ways) figures.push(...(await measureWay(run, database, way, { attempts, webhookUuid })));
  return figures;
}

async function measureWay(
  run: BenchRun,
  database: BenchDatabase,
  { name, table, step }: Way,
  { attempts, webhookUuid }: { attempts: number; webhookUuid: string },
): Promise<Figure[]> {
  const figure = (what: string, unit: string, value: number): Figure => ({
    bench: 'retention',
    what: `${name}, ${attempts.toLocaleString('en-US')} attempts: ${what}`,
    unit,
    values: [value],
  });
  run.tell(`${name}, ${attempts} attempts`);
  return database.prepare((session) =>
    database.prepare(async (inserting) => {
      const figures: Figure[] = [];
      for (const [what, filter] of [
        ['first page of a user', { userId: CALLER }],
        ['first page of a user with few records', { userId: 'uid_other_7' }],
        ['first page of failures', { userId: CALLER, status: 'failed' }],
        ['first page of a webhook', { userId: CALLER, webhookUuid }],
      ] satisfies [string, AttemptFilter][]) {
        figures.push(figure(`${what}, median`, 'ms', await medianOf(session, listingOf(filter, 51), table)));
      }
      const alone = await insertFor(inserting, table, INSERT_MS, () => Promise.resolve(0));
      let [removed, busy] = [0, 0];
      const walBefore = await walOf(session);
      const beside = await insertFor(inserting, table, INSERT_MS, async () => {
        const begin = now();
        const count = await step(session);
        busy += now() - begin;
        removed += count;
        return count;
      });
      const wal = (await walOf(session)) - walBefore;
      const walPerInsert = alone.wal / alone.rows;
      const vacuum = await timed(() => session.script(`VACUUM ${table}`));
      return [
        ...figures,
        figure('inserted alone', '/s', alone.rate),
        figure('inserted during the removal', '/s', beside.rate),
        figure('removed meanwhile', '/s', removed / (busy / 1_000)),
        figure('write-ahead log per removed row', 'B', Math.max(0, wal - walPerInsert * beside.rows) / removed),
        figure(`vacuum after ${removed.toLocaleString('en-US')} removed rows`, 'ms', vacuum),
        figure('vacuum per 1,000,000 attempts of the table', 'ms', (vacuum / attempts) * 1_000_000),
      ];
    }),
  );
}

/** The oldest rows first, until none is older than a day. */
function inBatches(): Way['step'] {
  let after = FIRST_ID;
  return async (session) => {
    const before = new Date(Date.now() - 86_400_000);
    const { text, values } = attemptsStatement({ before, after, types: 'all', rows: BATCH });
    const [row] = await session.query<{ attempts: number; last: string | null }>(text, values);
    after = row?.last ?? after;
    return row?.attempts ?? 0;
  };
}

/** The oldest partitions first, except today's. */
function byDropping(partitions: readonly string[]): Way['step'] {
  const left = partitions.slice(0, -2);
  return async (session) => {
    const name = left.shift();
    if (name === undefined) return 0;
    const [row] = await session.query<{ rows: number }>(
      `SELECT reltuples::float8 AS rows FROM pg_class WHERE relname = '${name}'`,
    );
    await session.script(`ALTER TABLE ${BY_DAY} DETACH PARTITION ${name} CONCURRENTLY`);
    await session.script(`DROP TABLE ${name}`);
    return row?.rows ?? 0;
  };
}

/** Inserts rows for a time, while `remove` runs again and again until it removes nothing. */
async function insertFor(
  session: DatabaseSession,
  table: string,
  milliseconds: number,
  remove: () => Promise<number>,
): Promise<{ rows: number; rate: number; wal: number }> {
  const walBefore = await walOf(session);
  const begin = now();
  const over = new AbortController();
  const removing = (async () => {
    while (!over.signal.aborted && (await remove()) > 0);
  })();
  let rows = 0;
  while (now() - begin < milliseconds) {
    const ids = Array.from({ length: INSERT_ROWS }, () => uuidV7(Date.now()));
    await session.query(insertInto(table), [ids]);
    rows += INSERT_ROWS;
  }
  const rate = rows / ((now() - begin) / 1_000);
  const wal = (await walOf(session)) - walBefore;
  over.abort();
  await removing;
  return { rows, rate, wal };
}

const insertInto = (table: string): string => `
  INSERT INTO ${table} (id, user_id, webhook_id, delivery_id, event_id, extraction_id, event, url, status, http_status, outcome,
    duration_ms, attempt, trigger, request_headers, response_headers, response_body, response_truncated, created_at)
  SELECT id, 'uid_other_' || number % 500, md5((number % 500)::text)::uuid, id, id, 'extract-' || number,
    'extraction.completed', 'https://receiver.example/webhooks/docmap', 'success', 200, 200, 42, 1, 'event', repeat('x', 600),
    repeat('y', 80), '', false, now()
  FROM unnest($1::uuid[]) WITH ORDINALITY AS made(id, number)`;

async function medianOf(session: DatabaseSession, { text, values }: Prisma.Sql, table: string): Promise<number> {
  const statement = text.replaceAll('FROM delivery_attempts', `FROM ${table}`);
  const durations: number[] = [];
  for (let number = 0; number < LISTS; number += 1) durations.push(await timed(() => session.query(statement, values)));
  return percentile(durations, 0.5);
}

async function walOf(session: DatabaseSession): Promise<number> {
  const [row] = await session.query<{ bytes: number }>(`SELECT pg_current_wal_lsn() - '0/0'::pg_lsn AS bytes`);
  return Number(row?.bytes);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = now();
  await work();
  return now() - begin;
}
