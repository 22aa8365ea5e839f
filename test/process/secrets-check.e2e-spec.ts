import { randomBytes } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { TestDatabase } from '../support/database.js';
import { describeOnServer } from './support/kinds.js';
import { reencryptSecrets } from './support/reencrypt-secrets.js';
import { openSession } from './support/session.js';
import { Stage } from './support/stage.js';

jest.setTimeout(180_000);

const REFUSAL = expect.stringMatching(
  /^SECRETS_KEY is not the key of this database.*Restore the key.*SECRETS_KEY_FALLBACKS.*npm run secrets:reencrypt.*docs\/operating\.md/,
);
const URL = 'http://127.0.0.1:65000/';

const newKey = (): string => randomBytes(32).toString('base64');

const linesForPeople = (output: readonly string[]) => output.filter((line) => !line.startsWith('{'));

describeOnServer('A database that was last used with another SECRETS_KEY', () => {
  const stage = new Stage();

  afterEach(() => stage.clear());

  /** A database with the check value of its key, and one webhook. */
  const used = async (SECRETS_KEY: string): Promise<TestDatabase> => {
    const database = await stage.database('server');
    const server = await stage.start(database, { SECRETS_KEY });
    await server.api.createWebhook(URL);
    await server.kill('SIGTERM');
    return database;
  };

  /** A database of a version without the check. */
  const old = async (key: string): Promise<TestDatabase> => {
    const database = await used(key);
    await query(database, 'DELETE FROM secrets_check');
    return database;
  };

  it.each(['all', 'api', 'dispatcher'])('stops the start with ROLE=%s, and no attempt is made', async (ROLE) => {
    const key = newKey();
    const database = await used(key);
    const api = await stage.start(database, { SECRETS_KEY: key, ROLE: 'api' });
    await api.api.publish();
    await api.kill();

    const { code, output } = await stage.startInVain(database, { SECRETS_KEY: newKey(), ROLE });
    expect(code).toBe(1);
    expect(linesForPeople(output)).toEqual([REFUSAL]);
    expect(await query(database, 'SELECT id FROM delivery_attempts')).toEqual([]);
    expect(await query(database, 'SELECT attempts FROM deliveries')).toEqual([{ attempts: 0 }]);
  });

  it('stops the start also when there is no webhook', async () => {
    const database = await stage.database('server');
    await (await stage.start(database)).kill('SIGTERM');
    const { output } = await stage.startInVain(database, { SECRETS_KEY: newKey() });
    expect(linesForPeople(output)).toEqual([REFUSAL]);
  });

  it('starts when SECRETS_KEY_FALLBACKS names that key, and without it after a rotation', async () => {
    const [OLD, NEW] = [newKey(), newKey()];
    const database = await used(OLD);
    const during = { SECRETS_KEY: NEW, SECRETS_KEY_FALLBACKS: OLD };
    await (await stage.start(database, during)).kill('SIGTERM');
    expect((await stage.startInVain(database, { SECRETS_KEY: NEW })).code).toBe(1);

    expect(await reencryptSecrets(database, during)).toMatchObject({ code: 0 });
    await (await stage.start(database, { SECRETS_KEY: NEW })).kill('SIGTERM');
    expect((await stage.startInVain(database, { SECRETS_KEY: OLD })).code).toBe(1);
  });

  it('keeps its key when the rotation runs with a wrong one', async () => {
    const key = newKey();
    const database = await used(key);
    expect(await reencryptSecrets(database, { SECRETS_KEY: newKey() })).toMatchObject({
      code: 1,
      stdout: 're-encrypted 0, already under the new key 0, unreadable 1\n',
    });
    await stage.start(database, { SECRETS_KEY: key });
  });

  it('gets a new key when the old one is lost and the operator accepts that', async () => {
    const NEW = newKey();
    const database = await used(newKey());
    expect(await reencryptSecrets(database, { SECRETS_KEY: NEW }, '--accept-unreadable')).toMatchObject({ code: 1 });
    const { api } = await stage.start(database, { SECRETS_KEY: NEW });
    expect((await api.get('/v1/webhooks')).body.data).toHaveLength(1);
  });

  describe('from before the check', () => {
    it('stops the start when no signing secret can be read, and is left as it is', async () => {
      const database = await old(newKey());
      const { code, output } = await stage.startInVain(database, { SECRETS_KEY: newKey() });
      expect(code).toBe(1);
      expect(linesForPeople(output)).toEqual([REFUSAL]);
      expect(await query(database, 'SELECT id FROM secrets_check')).toEqual([]);
    });

    it('gets its check value when one signing secret can be read', async () => {
      const key = newKey();
      const database = await old(key);
      await query(
        database,
        `INSERT INTO webhooks (id, user_id, url, events, secret)
         SELECT gen_random_uuid(), 'uid_lost', url, events, '\\x00' FROM webhooks, generate_series(1, 250)`,
      );
      await (await stage.start(database, { SECRETS_KEY: key })).kill('SIGTERM');
      await query(database, 'DELETE FROM webhooks');
      expect((await stage.startInVain(database, { SECRETS_KEY: newKey() })).code).toBe(1);
    });
  });

  it('is not made by several processes that start at once for the first time with one key', async () => {
    const database = await stage.database('server');
    const servers = await Promise.all(Array.from({ length: 3 }, () => stage.start(database)));
    expect(servers).toHaveLength(3);
    expect(await query(database, 'SELECT id FROM secrets_check')).toEqual([{ id: 1 }]);
  });

  it('stops the slower of two processes with different keys when both start for the first time', async () => {
    const database = await stage.database('server');
    const starts = await Promise.allSettled(
      [newKey(), newKey()].map((SECRETS_KEY) => stage.start(database, { SECRETS_KEY })),
    );
    expect(starts.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });
});

describe('An embedded database whose file with the key is gone', () => {
  const stage = new Stage();

  afterEach(() => stage.clear());

  it('stops the start, and starts again with the file', async () => {
    const database = await stage.database('embedded');
    const path = join(database.env.DATA_DIR ?? '', 'secrets.key');
    const first = await stage.start(database);
    await first.api.createWebhook(URL);
    await first.kill('SIGTERM');

    await rename(path, `${path}.backup`);
    const { code, output } = await stage.startInVain(database);
    expect(code).toBe(1);
    expect(linesForPeople(output)).toEqual([REFUSAL]);
    await rm(path);
    await rename(`${path}.backup`, path);
    await stage.start(database);
  });
});

async function query({ env }: TestDatabase, sql: string): Promise<unknown[]> {
  const session = await openSession(env.DATABASE_URL ?? '');
  try {
    return await session.query(sql);
  } finally {
    await session.close();
  }
}
