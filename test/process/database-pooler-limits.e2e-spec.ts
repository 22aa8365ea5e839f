import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { BoundedPool } from '../../src/database/bounded-pool.js';
import { connectionConfig, forWork } from '../../src/database/connection-config.js';
import { connectionTarget } from '../../src/database/connection-target.js';
import { sessionSettings, type SessionSettings } from '../../src/database/session-settings.js';
import { WriteProbe } from '../../src/database/write-probe.js';
import { SilentProxy } from '../support/silent-proxy.js';
import { OwnDatabase } from './support/own-database.js';
import { PgBouncer } from './support/pgbouncer.js';
import { openSession } from './support/session.js';
import { Stage } from './support/stage.js';

jest.setTimeout(60_000);

/** Continuous integration installs it. */
const describeWithPgBouncer = PgBouncer.isPossible || process.env.CI ? describe : describe.skip;

const LIMITS = `SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock,
  current_setting('idle_in_transaction_session_timeout') AS idle, current_setting('transaction_isolation') AS isolation,
  current_schema()::text AS schema`;
const OURS = { statement: '4500ms', lock: '3s', idle: '15s', isolation: 'read committed', schema: 'public' };

describeWithPgBouncer('Through a transaction pooler, a pool of connections', () => {
  const stage = new Stage();
  const closing: (() => Promise<unknown>)[] = [];
  let database: OwnDatabase;
  let pooler: PgBouncer;

  beforeEach(async () => {
    database = await OwnDatabase.create();
    stage.keep(database);
    await database.sql(`ALTER DATABASE ${database.name} SET default_transaction_isolation = 'serializable'`);
    pooler = await PgBouncer.start(database.url, 'transaction', { server_round_robin: '1' });
  });

  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
    await pooler.stop();
    await stage.clear();
  });

  const poolOn = (url: string, config: { max: number; deadlineMs?: number }, further: SessionSettings = []) => {
    const target = connectionTarget(url, 'DATABASE_URL');
    const pool = new BoundedPool(
      { ...forWork(connectionConfig(target, false)), isTransactionPooled: true, ...config },
      [...sessionSettings('public', 'request'), ...further],
    );
    pool.on('error', () => undefined);
    closing.push(() => pool.end());
    return pool;
  };

  it('sets its limits for each statement and each transaction, and leaves none behind', async () => {
    const pool = poolOn(pooler.url(), { max: 3 });
    for (let round = 0; round < 3; round += 1) expect((await pool.query({ text: LIMITS })).rows).toEqual([OURS]);
    const client = await pool.connect();
    await client.query('BEGIN');
    await client.query(`SELECT set_config('statement_timeout', '60000', true)`);
    expect((await client.query(LIMITS)).rows).toEqual([{ ...OURS, statement: '1min' }]);
    await client.query('COMMIT');
    client.release();
    expect((await pool.query({ text: LIMITS })).rows).toEqual([OURS]);
    const other = await openSession(pooler.url());
    closing.push(() => other.close());
    const theirs = { statement: '0', lock: '0', idle: '0', isolation: 'serializable', schema: 'public' };
    for (let round = 0; round < 4; round += 1) expect(await other.query(LIMITS)).toEqual([theirs]);
  });

  it('prepares no statement by name', async () => {
    const pool = poolOn(pooler.url(), { max: 1 });
    const prepared = {
      name: 'prepared',
      text: 'SELECT count(*)::int AS count FROM pg_prepared_statements WHERE name = $1',
    };
    for (let round = 0; round < 3; round += 1) {
      expect((await pool.query({ ...prepared, values: ['prepared'] })).rows).toEqual([{ count: 0 }]);
    }
  });

  it('has the server end a statement that takes too long', async () => {
    const pool = poolOn(pooler.url(), { max: 1 }, [['statement_timeout', '200']]);
    await expect(pool.query({ text: 'SELECT pg_sleep(30)' })).rejects.toMatchObject({ code: '57014' });
    expect((await pool.query({ text: 'SELECT 1 AS one' })).rows).toEqual([{ one: 1 }]);
  });

  it('replaces connections that are silent', async () => {
    const proxy = await SilentProxy.start(pooler.url());
    closing.push(() => proxy.close());
    const pool = poolOn(proxy.url, { max: 2, deadlineMs: 200 });
    await pool.query({ text: 'SELECT 1' });
    proxy.goSilent();
    await expect(pool.query({ text: 'SELECT 1' })).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    expect(pool.totalCount).toBe(0);
    proxy.comeBack();
    expect((await pool.query({ text: 'SELECT 1 AS one' })).rows).toEqual([{ one: 1 }]);
  });

  it('shows whether the database takes writes', async () => {
    const probe = new WriteProbe(poolOn(pooler.url(), { max: 1 }));
    await expect(probe.run()).resolves.toBeUndefined();
    await database.sql(`ALTER DATABASE ${database.name} SET default_transaction_read_only = on`);
    await pooler.stop();
    pooler = await PgBouncer.start(database.url, 'transaction');
    const refused = new WriteProbe(poolOn(pooler.url(), { max: 1 }));
    await expect(refused.run()).rejects.toMatchObject({ code: '25006' });
  });
});
