import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { PrismaPg } from '@prisma/adapter-pg';
import { Client } from 'pg';
import { PrismaService } from '../../../src/database/prisma.service.js';
import type { HostTransaction } from '../../../src/database/host-transaction.js';
import { EventsService } from '../../../src/events/events.service.js';
import { ExtractionCompletedEvent } from '../../../src/events/extraction.events.js';
import { PrismaClient } from '../../../src/generated/prisma/client.js';
import { RecurringJobs } from '../../../src/runtime/recurring-jobs.js';
import { newDatabase, type TestDatabase } from '../../support/database.js';
import { startHost, type TestHost } from '../../support/host.js';
import { Receiver } from '../../support/receiver.js';

const hasServer = process.env.TEST_TEMPLATE_DATABASE !== undefined;

const eventOf = (extractionId: string, text = 'a "b" \\ {c}, NULL') =>
  new ExtractionCompletedEvent({ userId: 'uid_local', extractionId, data: { text } });

/** The methods of TypeORM's `QueryRunner` and of Knex's transaction in use, with their declarations. */
interface QueryRunner {
  // oxlint-disable-next-line typescript/no-explicit-any -- TypeORM's own type
  query(query: string, parameters?: any[]): Promise<any>;
}
interface KnexTransaction {
  raw(sql: string, bindings: readonly unknown[]): Promise<{ rows: unknown[] }>;
}

/** A statement with `?`, in the form in which Knex sends it. */
function numbered(text: string): string {
  let count = 0;
  return text.replaceAll(/(?<!\\)\?/g, () => `$${(count += 1)}`).replaceAll('\\?', '?');
}

/**
 * The schema of the package is not on the search path of the host. The schema `public`, which is, has tables of the same
 * names.
 */
(hasServer ? describe : describe.skip)('EventsService.publish in a transaction of the host', () => {
  let database: TestDatabase;
  let host: TestHost;
  let receiver: Receiver;
  let client: Client;
  let prisma: PrismaClient;
  let events: EventsService;

  beforeAll(async () => {
    database = await newDatabase('server');
    const { DATABASE_URL: databaseUrl, SECRETS_KEY: secretsKey } = database.env;
    host = await startHost({ options: { databaseUrl, secretsKey, schema: 'doc map?' } });
    receiver = await Receiver.start();
    await host.api.createWebhook(receiver.url);
    events = host.app.get(EventsService);
    client = new Client({ connectionString: databaseUrl });
    await client.connect();
    await client.query('CREATE TABLE documents (id text)');
    // Settings that the package's own connections do not have.
    await client.query(
      `SET TimeZone = 'Asia/Seoul'; SET DateStyle = 'SQL, DMY'; SET standard_conforming_strings = off`,
    );
    prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: databaseUrl! }, { schema: 'public' }) });
    // Without the clock, only the commit itself can wake the dispatcher.
    const clock = host.app.get(RecurringJobs).registry;
    for (const name of clock.getIntervals()) clock.deleteInterval(name);
  });

  beforeEach(async () => {
    await client.query('DELETE FROM documents');
  });

  afterAll(async () => {
    await prisma?.$disconnect();
    await client?.end();
    await host?.close();
    await receiver?.close();
    await database?.drop();
  });

  const typeOrm: QueryRunner = { query: async (text, values) => (await client.query(text, values)).rows };
  const knex: KnexTransaction = { raw: (text, values) => client.query(numbered(text), [...values]) };
  const CLIENTS: [string, () => HostTransaction][] = [
    ['pg', () => client],
    ['TypeORM', () => typeOrm],
    ['Knex', () => knex],
  ];

  it('refuses a connection without an open transaction, and stores nothing', async () => {
    const before = await host.app.get(PrismaService).event.count();
    for (const connection of [client, prisma]) {
      await expect(events.publish(eventOf('extract-none'), connection)).rejects.toThrow('No transaction is open');
    }
    expect(await host.app.get(PrismaService).event.count()).toBe(before);
  });

  it.each(CLIENTS)('delivers when a transaction of %s commits, woken by the commit', async (name, tx) => {
    await client.query('BEGIN');
    await client.query('INSERT INTO documents VALUES ($1)', [name]);
    const accepted = await events.publish(eventOf(`extract-${name}`), tx());
    expect(accepted).toMatchObject({ extractionId: `extract-${name}`, deliveries: 1 });
    expect(Math.abs(Date.now() - accepted.createdAt.getTime())).toBeLessThan(60_000);
    expect((await host.api.get(`/v1/events/${accepted.id}`)).status).toBe(404);
    await client.query('COMMIT');
    const [record] = await host.api.log(1, `&extractionId=extract-${name}`);
    expect(record).toMatchObject({ status: 'success' });
    const sent = receiver.requests.find(({ body }) => body.includes(`"extract-${name}"`));
    expect(JSON.parse(sent?.body ?? '')).toMatchObject({ data: { text: 'a "b" \\ {c}, NULL' } });
    expect((await client.query('SELECT id FROM documents')).rows).toEqual([{ id: name }]);
    // The connection of the host is unchanged.
    expect((await client.query('SHOW search_path')).rows).toEqual([{ search_path: '"$user", public' }]);
  });

  it.each(CLIENTS)('leaves nothing when a transaction of %s is rolled back', async (name, tx) => {
    await client.query('BEGIN');
    await client.query('INSERT INTO documents VALUES ($1)', [name]);
    const { id } = await events.publish(eventOf(`extract-undone-${name}`), tx());
    await client.query('ROLLBACK');
    expect((await host.api.get(`/v1/events/${id}`)).status).toBe(404);
    expect((await client.query('SELECT id FROM documents')).rows).toEqual([]);
  });

  it('delivers when a transaction of a Prisma client of the host commits', async () => {
    await prisma.$transaction(async (tx) => {
      await tx.$executeRaw`INSERT INTO documents VALUES ('of Prisma')`;
      await events.publish(eventOf('extract-Prisma'), tx);
    });
    expect(await host.api.log(1, '&extractionId=extract-Prisma')).toMatchObject([{ status: 'success' }]);
    // The host's tables with the same names are unchanged.
    expect(await prisma.event.count()).toBe(0);
  });

  it('names the accepted transactions when it gets another value', async () => {
    const none = {} as unknown as HostTransaction;
    await expect(events.publish(eventOf('extract-none'), none)).rejects.toThrow(
      'The transaction must be one of Prisma, pg, TypeORM or Knex',
    );
    const silent = { query: async () => undefined };
    await expect(events.publish(eventOf('extract-none'), silent)).rejects.toThrow('The transaction returned no rows');
  });
});
