import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { channelOf } from '../../src/database/notification-channel.js';
import { TABLES } from '../../src/database/tables.js';
import { DELIVERIES_QUEUED_CHANNEL } from '../../src/queue/deliveries-queued.event.js';
import type { Receiver } from '../support/receiver.js';
import { expectWholeFlow } from './support/flow.js';
import { describeOnServer } from './support/kinds.js';
import { OwnDatabase } from './support/own-database.js';
import { runMigrate } from './support/run-migrate.js';
import { openSession } from './support/session.js';
import { faultOf } from './support/set-up.js';
import { Stage } from './support/stage.js';

jest.setTimeout(60_000);

const ALL_TABLES = ['_prisma_migrations', ...TABLES].sort();

describeOnServer('In a schema, the service', () => {
  const stage = new Stage();
  let database: OwnDatabase;
  let receiver: Receiver;

  beforeEach(async () => {
    database = await OwnDatabase.create();
    receiver = await stage.receiver();
    stage.keep(database);
  });

  afterEach(() => stage.clear());

  /** The contents of each schema, by schema. */
  const tables = async (): Promise<Record<string, string[]>> => {
    const rows = await database.sql<{ schema: string; name: string }>(
      `SELECT table_schema AS schema, table_name AS name FROM information_schema.tables
       WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2`,
    );
    const found: Record<string, string[]> = {};
    for (const { schema, name } of rows) (found[schema] ??= []).push(name);
    return Object.fromEntries(Object.entries(found).map(([schema, names]) => [schema, names.sort()]));
  };

  it.each(['docmap', 'Doc Map 문서'])('keeps everything in %s and leaves public empty', async (schema) => {
    const DATABASE_URL = `${database.url}?schema=${encodeURIComponent(schema)}`;
    await expectWholeFlow(await stage.start(database, { DATABASE_URL }), receiver);
    expect(await tables()).toEqual({ [schema]: ALL_TABLES });
    const outside = await database.sql(
      `SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
       UNION ALL SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace`,
    );
    expect(outside).toEqual([]);
  });

  it('shares no queue, no key and no notification with another schema', async () => {
    const urlOf = (schema: string) => ({ DATABASE_URL: `${database.url}?schema=${schema}` });
    const one = await stage.start(database, urlOf('one'));
    const other = await stage.start(database, urlOf('other'));
    const { webhook } = await one.api.createWebhook(receiver.url);
    expect((await other.api.get(`/v1/webhooks/${webhook.id}`)).status).toBe(404);
    await one.api.publish();
    await receiver.received(1);
    await expectWholeFlow(other, receiver);
    expect(receiver.requests).toHaveLength(2);
    const channels = await database.sql<{ query: string }>(
      `SELECT query FROM pg_stat_activity WHERE datname = '${database.name}' AND query LIKE 'LISTEN%'`,
    );
    expect(new Set(channels.map(({ query }) => query)).size).toBe(2);
  });

  it('notifies the channel of its schema, and that of earlier versions in public', async () => {
    for (const schema of ['public', 'docmap']) {
      const silent = await stage.receiver(() => undefined);
      const server = await stage.start(database, {
        DATABASE_URL: `${database.url}?schema=${schema}`,
        DISPATCH_CONCURRENCY_PER_WEBHOOK: '1',
      });
      const listener = await openSession(database.url);
      await listener.script(`LISTEN "${channelOf(DELIVERIES_QUEUED_CHANNEL, schema)}"`);
      const heard = new Promise<void>((resolve) => {
        listener.onNotification(resolve);
      });
      await server.api.createWebhook(silent.url);
      await server.api.publish();
      await silent.received(1);
      // Its one slot is in use: this event waits, and other processes are notified.
      await server.api.publish();
      await heard;
      await listener.close();
      await server.kill();
    }
    expect(channelOf(DELIVERIES_QUEUED_CHANNEL, 'public')).toBe('deliveries_queued');
  });

  it('uses the schema of the role when the URL names none and public is closed', async () => {
    const role = await database.role();
    await database.sql('REVOKE ALL ON SCHEMA public FROM PUBLIC');
    await database.sql(`CREATE SCHEMA ${role.name} AUTHORIZATION ${role.name}`);
    await expectWholeFlow(await stage.start(database, { DATABASE_URL: role.url() }), receiver);
    expect(await tables()).toEqual({ [role.name]: ALL_TABLES });
  });

  it('works as a role that owns the schema and may not create on public', async () => {
    const role = await database.role();
    await database.sql('REVOKE CREATE ON SCHEMA public FROM PUBLIC');
    await database.sql(`CREATE SCHEMA docmap AUTHORIZATION ${role.name}`);
    await expectWholeFlow(await stage.start(database, { DATABASE_URL: role.url('?schema=docmap') }), receiver);
    expect(await tables()).toEqual({ docmap: ALL_TABLES });
  });

  it('names the command to run when the role may not create tables in the schema', async () => {
    const role = await database.role();
    await database.sql('REVOKE CREATE ON SCHEMA public FROM PUBLIC');
    const { code, output } = await stage.startInVain(database, { DATABASE_URL: role.url() });
    expect(code).toBe(1);
    expect(output).toEqual([
      `The role ${role.name} may not create tables in the schema public. Run "npm run migrate" as the owner, type ` +
        `"GRANT CREATE ON SCHEMA public TO ${role.name}", or give the role a schema of its own with ` +
        `"CREATE SCHEMA docmap AUTHORIZATION ${role.name}" and ?schema=docmap in DATABASE_URL.`,
    ]);
  });

  it('names the command to run when the schema does not exist and the role may not create it', async () => {
    const role = await database.role();
    expect([await faultOf(role.url('?schema=docmap'))]).toEqual([
      expect.stringMatching(
        /^The schema docmap can't be created: permission denied .*"CREATE SCHEMA docmap AUTHORIZATION/,
      ),
    ]);
  });

  it('names the command to run when the role may not use the schema', async () => {
    const role = await database.role();
    await database.sql('CREATE SCHEMA docmap');
    expect([await faultOf(role.url('?schema=docmap'))]).toEqual([
      `The role ${role.name} may not use the schema docmap. Type "GRANT USAGE ON SCHEMA docmap TO ${role.name}".`,
    ]);
  });

  it('works as a role that may only read and write, after the owner has migrated', async () => {
    const [owner, application] = [await database.role(), await database.role()];
    await database.sql(`CREATE SCHEMA docmap AUTHORIZATION ${owner.name}`);
    const DATABASE_URL = application.url('?schema=docmap');
    await database.sql(`GRANT USAGE ON SCHEMA docmap TO ${application.name}`);

    expect([await faultOf(DATABASE_URL, { migrateOnStart: false })]).toEqual([
      expect.stringMatching(/^The schema docmap lacks migrations \(.*\)\. Run "npm run migrate" as the owner first\./),
    ]);
    const migrated = await runMigrate(database.directory, { DATABASE_URL: owner.url('?schema=docmap') });
    expect(migrated).toEqual({ code: 0, stdout: expect.stringMatching(/^(Applied migration \w+\n)+$/), stderr: '' });
    expect([await faultOf(DATABASE_URL, { migrateOnStart: false })]).toEqual([
      expect.stringMatching(`may not read _prisma_migrations in the schema docmap. Type "GRANT SELECT ON`),
    ]);
    await database.sql(`GRANT SELECT ON ALL TABLES IN SCHEMA docmap TO ${application.name}`);
    expect([await faultOf(DATABASE_URL, { migrateOnStart: false })]).toEqual([
      expect.stringMatching(
        'may not read and write api_keys, .*Type "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES',
      ),
    ]);
    await database.sql(`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA docmap TO ${application.name}`);
    for (const MIGRATE_ON_START of ['false', 'true']) {
      const server = await stage.start(database, { DATABASE_URL, MIGRATE_ON_START });
      await expectWholeFlow(server, receiver);
      await server.kill();
    }
    const again = await runMigrate(database.directory, { DATABASE_URL: owner.url('?schema=docmap') });
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('Nothing to apply') });
  });

  it("says that another application's migrations are in the schema, and works in one of its own", async () => {
    await database.sql(
      `CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamptz,
         migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz,
         started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count int NOT NULL DEFAULT 0)`,
    );
    await database.sql(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('1', 'c', '20200101000000_shop', now())`,
    );
    expect([await faultOf(database.url)]).toEqual([
      'The schema public holds the migrations of another application (20200101000000_shop). Add ?schema=docmap to ' +
        'DATABASE_URL: DocMap Webhooks then uses a separate schema. Nothing was changed.',
    ]);
    expect(await tables()).toEqual({ public: ['_prisma_migrations'] });
    await expectWholeFlow(await stage.start(database, { DATABASE_URL: `${database.url}?schema=docmap` }), receiver);
  });

  it('says that a table of another application is in the way', async () => {
    await database.sql('CREATE TABLE events (id int)');
    expect([await faultOf(database.url)]).toEqual([
      expect.stringMatching(
        /"events" already exists. The schema public belongs to another application: add \?schema=docmap/,
      ),
    ]);
  });
});
