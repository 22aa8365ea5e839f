import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Receiver } from '../support/receiver.js';
import { expectWholeFlow } from './support/flow.js';
import { OwnDatabase } from './support/own-database.js';
import { PgBouncer } from './support/pgbouncer.js';
import { openSession } from './support/session.js';
import { faultOf } from './support/set-up.js';
import { Stage } from './support/stage.js';

jest.setTimeout(90_000);

/** Continuous integration installs it. */
const describeWithPgBouncer = PgBouncer.isPossible || process.env.CI ? describe : describe.skip;

describeWithPgBouncer('Behind PgBouncer, the service', () => {
  const stage = new Stage();
  let database: OwnDatabase;
  let receiver: Receiver;
  let pooler: PgBouncer | undefined;

  beforeEach(async () => {
    database = await OwnDatabase.create();
    receiver = await stage.receiver();
    stage.keep(database);
  });

  afterEach(async () => {
    await pooler?.stop();
    pooler = undefined;
    await stage.clear();
  });

  it('works with session pooling', async () => {
    pooler = await PgBouncer.start(database.url, 'session');
    await expectWholeFlow(await stage.start(database, { DATABASE_URL: pooler.url() }), receiver);
  });

  it('works with session pooling that ignores options, in a schema, with other defaults of the server', async () => {
    await database.sql(`ALTER DATABASE ${database.name} SET DateStyle = 'German, DMY'`);
    await database.sql(`ALTER DATABASE ${database.name} SET TimeZone = 'Asia/Seoul'`);
    pooler = await PgBouncer.start(database.url, 'session', { ignore_startup_parameters: 'options' });
    const DATABASE_URL = pooler.url('?schema=docmap&options=-c%20TimeZone%3DAsia%2FSeoul');
    await expectWholeFlow(await stage.start(database, { DATABASE_URL }), receiver);
  });

  it('names the settings to change when PgBouncer refuses the options of the URL', async () => {
    pooler = await PgBouncer.start(database.url, 'session');
    const { code, output } = await stage.startInVain(database, {
      DATABASE_URL: pooler.url('?options=-c%20work_mem%3D7MB'),
    });
    expect(code).toBe(1);
    expect(output).toEqual([
      expect.stringMatching(/unsupported startup parameter: options. .*remove options from DATABASE_URL/),
    ]);
  });

  it('works with transaction pooling that switches connections, in public and in a schema', async () => {
    await database.sql(`ALTER DATABASE ${database.name} SET DateStyle = 'German, DMY'`);
    await database.sql(`ALTER DATABASE ${database.name} SET TimeZone = 'Asia/Seoul'`);
    pooler = await PgBouncer.start(database.url, 'transaction', { server_round_robin: '1' });
    for (const schema of ['public', 'docmap']) {
      const server = await stage.start(database, {
        DATABASE_URL: pooler.url(`?pgbouncer=true&schema=${schema}`),
        DIRECT_DATABASE_URL: database.url,
      });
      await expectWholeFlow(server, receiver);
      expect((await server.api.get('/health/ready')).status).toBe(200);
      // Many at once: each transaction uses any free connection.
      const { webhook } = await server.api.createWebhook(receiver.url);
      const before = receiver.requests.length;
      await Promise.all(
        Array.from({ length: 40 }, (_, index) => server.api.publish({ extractionId: `extract-${index}` })),
      );
      await receiver.received(before + 40);
      expect((await server.api.delete(`/v1/webhooks/${webhook.id}`)).status).toBe(200);
      const unknown = {
        event: 'extraction.completed',
        userId: webhook.userId,
        extractionId: 'x',
        data: { text: '\\' },
      };
      expect((await server.api.post('/v1/events', unknown)).status).toBe(202);
      expect(server.output.filter((line) => line.includes('"level":50'))).toEqual([]);
      await server.kill('SIGTERM');
    }
  });

  it('leaves no setting of its own in sessions that other clients get', async () => {
    pooler = await PgBouncer.start(database.url, 'transaction', { default_pool_size: '1' });
    const server = await stage.start(database, {
      DATABASE_URL: pooler.url('?pgbouncer=true&schema=docmap'),
      DIRECT_DATABASE_URL: database.url,
    });
    await server.api.createWebhook(receiver.url);
    const other = await openSession(pooler.url());
    expect(await other.query('SHOW search_path')).toEqual([{ search_path: '"$user", public' }]);
    await other.close();
  });

  it('is woken by another process', async () => {
    pooler = await PgBouncer.start(database.url, 'transaction');
    const env = { DATABASE_URL: pooler.url('?pgbouncer=true&schema=docmap'), DIRECT_DATABASE_URL: database.url };
    const api = await stage.start(database, { ...env, ROLE: 'api' });
    await api.api.createWebhook(receiver.url);
    await stage.start(database, { ...env, ROLE: 'dispatcher' });
    await api.api.publish();
    await expect(receiver.received(1)).resolves.toHaveLength(1);
  });

  it.each([{ server_round_robin: '0' }, { server_round_robin: '1' }])(
    'refuses transaction pooling that the URL does not name, with %j',
    async (settings) => {
      pooler = await PgBouncer.start(database.url, 'transaction', { ...settings, min_pool_size: '2' });
      expect([await faultOf(pooler.url())]).toEqual([
        expect.stringMatching(
          /is behind a transaction pooler. Add \?pgbouncer=true to DATABASE_URL, and name the server itself in DIRECT_DATABASE_URL/,
        ),
      ]);
    },
  );

  it('needs DIRECT_DATABASE_URL, to the same database and not through the pooler, with ?pgbouncer=true', async () => {
    pooler = await PgBouncer.start(database.url, 'transaction');
    const DATABASE_URL = pooler.url('?pgbouncer=true');
    const refused = async (directUrl?: string): Promise<string[]> => [await faultOf(DATABASE_URL, { directUrl })];
    expect(await refused()).toEqual([expect.stringContaining('so DIRECT_DATABASE_URL is needed')]);
    expect(await refused(pooler.url())).toEqual([
      'DIRECT_DATABASE_URL leads to a transaction pooler. Name the server itself, or a session pooler.',
    ]);
    const another = await OwnDatabase.create();
    stage.keep(another);
    expect(await refused(another.url)).toEqual([expect.stringContaining('lead to different databases')]);
  });
});
