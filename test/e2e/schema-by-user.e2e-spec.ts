import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PrismaService } from '../../src/database/prisma.service.js';
import { startApp, type TestApp } from '../support/app.js';

/**
 * A database that is distributed by user needs the user in each large table, and in each unique index. The lists of exceptions
 * are those of docs/operating.md ("Beyond one PostgreSQL"). A new exception is a decision: it makes a distribution harder.
 */
describe('The schema, for a distribution by user,', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startApp();
  });

  afterAll(() => service.close());

  function select<Row>(sql: string): Promise<Row[]> {
    return service.app.get(PrismaService).$queryRawUnsafe<Row[]>(sql);
  }

  it('has the user in each table of users, except in deliveries', async () => {
    const tables = await select<{ table: string; column: string | null }>(`
      SELECT c.relname AS "table", a.attname AS "column"
      FROM pg_class c LEFT JOIN pg_attribute a
        ON a.attrelid = c.oid AND a.attname IN ('user_id', 'publisher_id') AND a.attnotnull AND NOT a.attisdropped
      WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace
        AND c.relname <> '_prisma_migrations'
      ORDER BY 1`);
    expect(tables.map(({ table, column }) => `${table}: ${column}`)).toEqual([
      'api_keys: user_id',
      'attempt_summaries: user_id',
      // One row for the whole service, as `secrets_check`.
      'attempt_summary_progress: null',
      // A delivery is found by its event and its webhook, which have the user.
      'deliveries: null',
      'delivery_attempts: user_id',
      'events: user_id',
      'idempotency_keys: publisher_id',
      'recoveries: user_id',
      // One row for the whole service: every node of a distributed database would have a copy.
      'secrets_check: null',
      'webhooks: user_id',
    ]);
  });

  it('has no foreign key, so none crosses users', async () => {
    expect(
      await select(`SELECT conname FROM pg_constraint
        WHERE contype = 'f' AND connamespace = current_schema()::regnamespace`),
    ).toEqual([]);
  });

  it('has no unique index across users, except of random ids and hashes', async () => {
    const indexes = await select<{ index: string }>(`
      SELECT c.relname || '(' || string_agg(a.attname, ', ' ORDER BY k.position) || ')' AS "index"
      FROM pg_index i
      JOIN pg_class c ON c.oid = i.indrelid
      CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, position)
      JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
      WHERE i.indisunique AND c.relnamespace = current_schema()::regnamespace AND c.relname <> '_prisma_migrations'
      GROUP BY i.indexrelid, c.relname
      HAVING NOT bool_or(a.attname IN ('user_id', 'publisher_id'))
      ORDER BY 1`);
    // Each value is random, or made from random values: two users never have the same one. A distributed database
    // accepts these indexes when the user is added to them as the first column.
    expect(indexes.map(({ index }) => index)).toEqual([
      'api_keys(id)',
      'api_keys(key_hash)',
      'attempt_summary_progress(id)',
      'deliveries(event_id, webhook_id)',
      'delivery_attempts(id)',
      'events(id)',
      'recoveries(id)',
      'secrets_check(id)',
      'webhooks(id)',
    ]);
  });
});
