import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import type { Answer } from '../crash/support/journal.js';
import { Scene, SHORT_LEASES } from '../crash/support/scene.js';
import { eventually } from '../support/api-client.js';
import type { ServerProcess } from '../support/server-process.js';
import { compareLogs, expectDelivery, recordsBy, repeatEvent, useKeys, wholeLog } from './support/across-versions.js';
import { Installation } from './support/installation.js';
import { describeOnServer } from './support/kinds.js';
import { OwnDatabase } from './support/own-database.js';
import { Stage } from './support/stage.js';

jest.setTimeout(120_000);

/** The most attempts in flight of one process, and the most requests that a kill can repeat. */
const IN_FLIGHT = 16;
const ENV = {
  ...SHORT_LEASES,
  DISPATCH_CONCURRENCY: String(IN_FLIGHT),
  // The load stops a few milliseconds after a process says that it is not ready.
  SHUTDOWN_DELAY_MS: '3000',
};

/**
 * Adds a table, and columns and an index to each existing table. Each table has a migration of its own, because ALTER
 * TABLE locks its table until the end of the transaction. A transaction that waits for a second lock can deadlock with
 * requests.
 */
async function expandingMigrations(database: OwnDatabase): Promise<Record<string, string>> {
  const tables = await database.sql<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> '_prisma_migrations' ORDER BY 1`,
  );
  const additions = tables.map(({ name }, index): [string, string] => [
    `299912310001${String(index).padStart(2, '0')}_expand_${name}`,
    `ALTER TABLE ${name} ADD COLUMN label text, ADD COLUMN rank integer NOT NULL DEFAULT 0;
     CREATE INDEX ${name}_rank ON ${name} (rank)`,
  ]);
  return Object.fromEntries([
    ['29991231000000_expand_labels', 'CREATE TABLE labels (id int PRIMARY KEY)'],
    ...additions,
  ]);
}

/** Every fourth delivery is answered 500 once. */
function failingSome(): Answer {
  const seen = new Set<string>();
  return (response, { headers }) => {
    const id = String(headers['webhook-id']);
    const isFirst = !seen.has(id);
    seen.add(id);
    if (isFirst && seen.size % 4 === 0) response.statusCode = 500;
    // A kill finds requests in flight.
    setTimeout(() => response.end(), Math.random() * 100);
  };
}

describeOnServer('A rolling upgrade from the last release', () => {
  const stage = new Stage();
  const installations: Installation[] = [];
  let old: Installation;
  let database: OwnDatabase;

  const install = async (making: Promise<Installation>): Promise<Installation> => {
    const installation = await making;
    installations.push(installation);
    return installation;
  };

  beforeEach(async () => {
    old = await install(Installation.ofRelease());
    database = await OwnDatabase.create();
    stage.keep(database);
    const { code, stderr } = await old.migrate(database.env);
    if (code !== 0) throw new Error(stderr);
  });

  afterEach(async () => {
    await stage.clear();
    for (const installation of installations.splice(0)) await installation.remove();
  });

  it('loses and refuses no event while old and new processes share the expanded database', async () => {
    const next = await install(Installation.ofBuild('999.0.0', await expandingMigrations(database)));
    const known = await old.migrations();
    const missing = (await next.migrations()).filter((name) => !known.includes(name));
    expect(missing.length).toBeGreaterThan(5);
    await Scene.play({ database, answer: failingSome() }, async (scene) => {
      const start = async (installation: Installation): Promise<ServerProcess> => {
        const server = await scene.start(ENV, { script: installation.main });
        serving.push(server);
        return server;
      };
      const serving: ServerProcess[] = [];
      const leave = (server: ServerProcess): void => void serving.splice(serving.indexOf(server), 1);
      const refusals = (): string[] => producer.refusals.map(({ status, body }) => `${status} ${body.error?.code}`);
      /** Resolves when this many more events are accepted without a refusal. */
      const accepted = async (count: number): Promise<void> => {
        const enough = scene.promised.size + count;
        await eventually(async () => {
          expect(refusals()).toEqual([]);
          return scene.promised.size >= enough ? true : undefined;
        }, `${count} more events to be accepted`);
      };
      /** As with a load balancer: the process gets requests until it is not ready, and some more. */
      const stop = async (server: ServerProcess): Promise<void> => {
        const stopped = scene.stop(server);
        await eventually(async () => {
          const { status } = await server.api.get('/health/ready');
          return status === 503 ? true : undefined;
        }, 'a process that stops to say so');
        await accepted(5);
        leave(server);
        await stopped;
      };

      const [first, second] = [await start(old), await start(old)];
      await scene.subscribe(first.api);
      const doomed = [await scene.subscribe(first.api), await scene.subscribe(second.api)] as const;
      const producer = scene.produce(() => serving.map(({ api }) => api), { parallel: 2, intervalMs: () => 30 });
      await accepted(20);

      const { code, stdout, stderr } = await next.migrate(database.env);
      expect([code, stderr]).toEqual([0, '']);
      const lines = stdout.split('\n').filter((line) => line.startsWith('Applied'));
      expect(lines).toEqual(missing.map((name) => `Applied migration ${name}`));
      await expectDelivery(first.api);

      await scene.crash(first);
      leave(first);
      const restarted = await start(old);
      expect(restarted.output.join('\n')).toContain('A newer version has applied migrations that this one works with');
      await expectDelivery(restarted.api);
      const recordsOfOld = await recordsBy(old.version, restarted.api);

      const third = await start(next);
      await scene.subscribe(third.api);
      await expectDelivery(third.api);
      await expectDelivery(restarted.api);
      await compareLogs(recordsOfOld, restarted.api, third.api);
      await compareLogs(await recordsBy(next.version, restarted.api), restarted.api, third.api);
      for (let round = 0; round < 3; round += 1) {
        await useKeys(restarted.api, third.api);
        await useKeys(third.api, restarted.api);
      }
      await repeatEvent(restarted.api, third.api);
      await repeatEvent(third.api, restarted.api);
      await scene.unsubscribe(() => [third.api], doomed[0]);
      await accepted(10);
      await scene.unsubscribe(() => [restarted.api], doomed[1]);
      await accepted(10);

      await stop(second);
      const fourth = await start(next);
      await stop(restarted);
      await accepted(20);
      await producer.stop();
      await scene.settled();
      const log = await wholeLog(fourth.api);

      const { tally, snapshot } = await scene.verdict();
      const { entries } = scene.journal;
      expect(scene.violations.lines).toEqual([]);
      expect(refusals()).toEqual([]);
      expect(producer.unanswered.filter((url) => url !== first.url)).toEqual([]);
      // Each request has one record, except those that were in flight at the kill.
      expect(tally.repeats).toBeLessThanOrEqual(IN_FLIGHT);
      expect(entries.length - snapshot.attempts.length).toBe(tally.repeats);
      expect(log).toHaveLength(snapshot.attempts.length);
      expect(new Set(log).size).toBe(log.length);
      // Every fourth delivery failed once, and each event has two or more.
      expect(tally.failed).toBeGreaterThan(tally.accepted / 4);
      // Both versions read the secrets that either of them wrote.
      const senders = new Set(entries.map(({ headers, path }) => `${path} ${headers['user-agent']}`));
      for (const path of ['/w0', '/w3']) {
        for (const { version } of [old, next]) expect(senders).toContain(`${path} DocMap-Webhooks/${version}`);
      }
      return scene.outcome({ ...tally });
    });
  });

  it('refuses an old process on a contracted database unless it knows the required migration', async () => {
    const EXPAND = '29991231000000_expand_names';
    const CONTRACT = `29991231000001_contract_names_after_29991231000000`;
    const expand = { [EXPAND]: `ALTER TABLE webhooks ADD COLUMN names text` };
    const between = await install(Installation.ofBuild('998.0.0', expand));
    const next = await install(
      Installation.ofBuild('999.0.0', { ...expand, [CONTRACT]: 'ALTER TABLE webhooks DROP COLUMN names' }),
    );
    const migrated = await next.migrate(database.env);
    expect(migrated).toMatchObject({ code: 0, stderr: '' });
    expect(migrated.stdout).toMatch(new RegExp(`^Applied migration ${EXPAND}\nApplied migration ${CONTRACT}\n$`, 'm'));

    const message = `The database has the migration ${CONTRACT}, which this version does not know: `;
    const refused = await stage.startInVain(database, ENV, { script: old.main });
    expect(refused).toEqual({ code: 1, signal: null, output: [expect.stringContaining(message)] });
    expect(await old.migrate(database.env)).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(new RegExp(`^${message}.*\n$`)),
    });

    const receiver = await stage.receiver();
    const { api } = await stage.start(database, ENV, { script: between.main });
    await api.createWebhook(receiver.url);
    await api.publish();
    const [request] = await receiver.received(1);
    expect(request?.headers['user-agent']).toContain('DocMap-Webhooks/998.0.0');
    expect(await between.migrate(database.env)).toEqual({
      code: 0,
      stdout: expect.stringContaining(`that this one works with: ${CONTRACT}\n`),
      stderr: '',
    });
  });
});
