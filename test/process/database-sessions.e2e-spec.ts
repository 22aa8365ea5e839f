import { afterEach, expect, it, jest } from '@jest/globals';
import { Client } from 'pg';
import { BoundedPool } from '../../src/database/bounded-pool.js';
import { connectionConfig, forWork } from '../../src/database/connection-config.js';
import { connectionTarget } from '../../src/database/connection-target.js';
import { withLimitsOf } from '../../src/database/deadlines.js';
import { sessionSettings } from '../../src/database/session-settings.js';
import { TABLES } from '../../src/database/tables.js';
import { describeOnServer } from './support/kinds.js';
import { SilentProxy } from '../support/silent-proxy.js';
import { Stage } from './support/stage.js';

jest.setTimeout(60_000);

describeOnServer('A pool of connections', () => {
  const stage = new Stage();
  const closing: (() => Promise<unknown>)[] = [];

  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
    await stage.clear();
  });

  const poolOn = async (url: string, config: { max: number; deadlineMs?: number }): Promise<BoundedPool> => {
    const pool = new BoundedPool(
      {
        ...forWork(connectionConfig(connectionTarget(url, 'DATABASE_URL'), false)),
        isTransactionPooled: false,
        ...config,
      },
      sessionSettings('public', 'request'),
    );
    pool.on('error', () => undefined);
    closing.push(() => pool.end());
    return pool;
  };
  const newUrl = async (): Promise<string> => (await stage.database('server')).env.DATABASE_URL ?? '';

  it('knows all tables', async () => {
    const pool = await poolOn(await newUrl(), { max: 1 });
    const { rows } = await pool.query({
      text: `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE '\\_%' ORDER BY 1`,
    });
    expect(rows).toEqual(TABLES.map((name) => ({ name })));
  });

  it('sets up each session', async () => {
    const pool = await poolOn(await newUrl(), { max: 1 });
    const { rows } = await pool.query({
      text: `SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock,
        current_setting('idle_in_transaction_session_timeout') AS idle,
        current_setting('transaction_isolation') AS isolation`,
    });
    expect(rows).toEqual([{ statement: '4500ms', lock: '3s', idle: '15s', isolation: 'read committed' }]);
  });

  it('replaces a connection after a deadline, in a transaction too, and the idle ones with it', async () => {
    const proxy = await SilentProxy.start(await newUrl());
    closing.push(() => proxy.close());
    const pool = await poolOn(proxy.url, { max: 4, deadlineMs: 200 });
    await Promise.all(Array.from({ length: 3 }, () => pool.query({ text: 'SELECT pg_sleep(0.05)' })));
    const client = await pool.connect();
    expect(pool.totalCount).toBeGreaterThan(1);
    proxy.goSilent();
    await expect(client.query('SELECT 1')).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    // As Prisma does at the end of a transaction.
    await expect(client.query('ROLLBACK')).rejects.toThrow('not queryable');
    client.release();
    expect(pool.totalCount).toBe(0);
    proxy.comeBack();
    expect((await pool.query({ text: 'SELECT 1 AS one' })).rows).toEqual([{ one: 1 }]);
  });

  it('keeps a connection for other tables when one is locked, and cancels waiting statements', async () => {
    const url = await newUrl();
    const locker = new Client({ connectionString: url });
    closing.push(() => locker.end());
    await locker.connect();
    await locker.query('BEGIN; LOCK TABLE webhooks');
    const pool = await poolOn(url, { max: 4 });
    const blocked = Array.from({ length: 10 }, () => pool.query({ text: 'SELECT count(*) FROM webhooks' }));
    const results = Promise.allSettled(blocked);
    const long = withLimitsOf('maintenance', () => pool.connect());
    const { rows } = await pool.query({ text: 'SELECT count(*)::int AS count FROM delivery_attempts' });
    expect(rows).toEqual([{ count: 0 }]);
    (await long).release();
    const codes = (await results).map((result) => {
      return result.status === 'rejected' && (result.reason as { code: string }).code;
    });
    // Two waited for the lock, the others at the gate.
    expect(codes.filter((code) => code === '55P03')).toHaveLength(2);
    expect(codes.filter((code) => code === 'ETIMEDOUT')).toHaveLength(8);
  });
});
