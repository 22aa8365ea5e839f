import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { newDatabase, type TestDatabase } from '../../support/database.js';
import { snippetsOf } from './support/examples.js';

declare const TEST_DATABASE: string | undefined;

const [TABLE = '', WORKER = ''] = snippetsOf('receiving-webhooks.md', ['sql']);
/** The statements of a snippet, without comments. */
const statementsOf = (sql: string): string[] =>
  sql
    .replaceAll(/--.*/g, '')
    .split(';')
    .map((statement) => statement.trim())
    .filter(Boolean);
const [CREATE = '', INSERT = ''] = statementsOf(TABLE);
const [BEGIN = '', SELECT = '', UPDATE = '', COMMIT = ''] = statementsOf(WORKER);

// Two sessions need a server.
const describeOnServer = typeof TEST_DATABASE !== 'undefined' && TEST_DATABASE === 'server' ? describe : describe.skip;

describeOnServer('The documented table of a receiver', () => {
  let database: TestDatabase;
  const workers: Client[] = [];

  beforeAll(async () => {
    database = await newDatabase();
    for (let index = 0; index < 2; index += 1) {
      const client = new Client({ connectionString: database.env.DATABASE_URL });
      await client.connect();
      workers.push(client);
    }
  });

  afterAll(async () => {
    await Promise.all(workers.map((client) => client.end()));
    await database.drop();
  });

  it('drops repeats, and gives each event to one worker until it is done', async () => {
    const [one, other] = workers as [Client, Client];
    await one.query(CREATE);
    const stored: (number | null)[] = [];
    for (const id of ['msg_1', 'msg_2', 'msg_1'])
      stored.push((await one.query(INSERT, [id, '{"a":"\\u0000"}'])).rowCount);
    expect(stored).toEqual([1, 1, 0]);

    expect(await take(one)).toMatchObject([{ id: 'msg_1' }]);
    expect(await take(other)).toMatchObject([{ id: 'msg_2' }]);
    await one.query(UPDATE, ['msg_1']);
    await one.query(COMMIT);
    expect(await take(one)).toEqual([]);
    await one.query(COMMIT);
    // As when the connection of a worker that dies ends.
    await other.query('ROLLBACK');
    expect(await take(one)).toMatchObject([{ id: 'msg_2' }]);
    await one.query(UPDATE, ['msg_2']);
    await one.query(COMMIT);
    expect(await take(one)).toEqual([]);
    await one.query(COMMIT);
  });
});

/** Begins a transaction as a worker does, and takes an event. */
async function take(client: Client) {
  await client.query(BEGIN);
  return (await client.query<{ id: string; event: unknown }>(SELECT)).rows;
}
