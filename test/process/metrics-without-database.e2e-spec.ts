import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it, jest } from '@jest/globals';
import { Client } from 'pg';
import { eventually } from '../support/api-client.js';
import { SilentProxy } from '../support/silent-proxy.js';
import { describeOnServer } from './support/kinds.js';
import { Stage } from './support/stage.js';
import { publish } from './support/timed.js';

jest.setTimeout(90_000);

/** A scrape of Prometheus times out after ten seconds by default. Ours reads memory only. */
const MOST_MS = 1_000;
/** Longer than a statement of a request, and than the interval of the figures of the backlog. */
const BLOCKED_MS = 12_000;

describeOnServer('A scrape of /metrics', () => {
  const stage = new Stage();
  const ends: (() => Promise<unknown>)[] = [];

  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
    await stage.clear();
  });

  it.each(['all tables are locked', 'no statement is answered'])(
    'answers in time, with the present figures of the process, while %s',
    async (blocking) => {
      const database = await stage.database('server');
      const proxy = await SilentProxy.start(database.env.DATABASE_URL ?? '');
      ends.push(() => proxy.close());
      const { api, url } = await stage.start(database, { DATABASE_URL: proxy.url });
      const session = new Client({ connectionString: database.env.DATABASE_URL });
      await session.connect();
      ends.push(() => session.end());
      expect((await publish(api)).status).toBe(202);
      const refreshed = 'docmap_backlog_refresh_timestamp_seconds';
      const before = await eventually(async () => {
        const { values } = await scrape(url);
        return values.has(refreshed) ? values : undefined;
      }, 'the first figures of the backlog');

      if (blocking === 'no statement is answered') proxy.goSilent();
      else {
        const { rows } = await session.query<{ names: string }>(
          `SELECT string_agg(quote_ident(tablename), ', ') AS names FROM pg_tables WHERE schemaname = 'public'`,
        );
        await session.query(`BEGIN; LOCK TABLE ${rows[0]!.names}`);
      }
      const begin = performance.now();
      const refused = Promise.all(Array.from({ length: 30 }, () => publish(api)));
      const waiting: number[] = [];
      while (performance.now() - begin < BLOCKED_MS) {
        const { ms, values } = await scrape(url);
        expect(ms).toBeLessThan(MOST_MS);
        waiting.push(values.get('docmap_database_connections{state="used"}') ?? 0);
        await delay(200);
      }
      expect(Math.max(...waiting)).toBeGreaterThan(0);
      for (const { status } of await refused) expect(status).toBe(503);

      const { values: after } = await scrape(url);
      const refusals = 'docmap_publish_requests_refused_total{code="SERVICE_UNAVAILABLE"}';
      expect((after.get(refusals) ?? 0) - (before.get(refusals) ?? 0)).toBe(30);
      expect(after.get('docmap_events_accepted_total')).toBe(1);
      expect([...after.keys()].filter((name) => name.startsWith('docmap_build_info'))).toHaveLength(1);
      expect(after.get('process_cpu_seconds_total')).toBeGreaterThan(before.get('process_cpu_seconds_total') ?? 0);
      // The old figures of the database stay, and their time shows their age.
      expect(Date.now() / 1_000 - (after.get(refreshed) ?? 0)).toBeGreaterThan(BLOCKED_MS / 1_000 - 1);
      if (blocking === 'all tables are locked') await session.query('COMMIT');
      else proxy.comeBack();
    },
  );
});

/** Values by the name and labels of their series. */
async function scrape(url: string): Promise<{ ms: number; values: Map<string, number> }> {
  const begin = performance.now();
  const response = await fetch(`${url}/metrics`);
  const text = await response.text();
  expect(response.status).toBe(200);
  const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const entries = series.map((line): [string, number] => {
    const space = line.lastIndexOf(' ');
    return [line.slice(0, space), Number(line.slice(space + 1))];
  });
  return { ms: performance.now() - begin, values: new Map(entries) };
}
