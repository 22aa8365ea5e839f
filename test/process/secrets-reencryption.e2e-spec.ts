import { randomBytes, randomUUID } from 'node:crypto';
import { readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { webhookIdOf } from '../../src/common/ids.js';
import { AesSecretCipher } from '../../src/webhooks/aes-secret-cipher.js';
import { newSigningSecret } from '../../src/webhooks/signing-secret.js';
import { eventually, type ApiClient } from '../support/api-client.js';
import type { TestDatabase } from '../support/database.js';
import type { ReceivedRequest } from '../support/receiver.js';
import { describeOnServer } from './support/kinds.js';
import { reencryptSecrets } from './support/reencrypt-secrets.js';
import { openSession } from './support/session.js';
import { Stage } from './support/stage.js';

jest.setTimeout(240_000);

const WAIT_MS = 60_000;
/** More webhooks than the command takes at once. */
const SILENT_WEBHOOKS = 450;
const COUNTS = /^re-encrypted (\d+), already under the new key (\d+), unreadable (\d+)\n$/;

const newKey = (): string => randomBytes(32).toString('base64');

describeOnServer('Changing SECRETS_KEY on a database server', () => {
  const stage = new Stage();

  afterEach(() => stage.clear());

  it('fails no delivery of two processes that are replaced one by one, while users publish and rotate', async () => {
    const database = await stage.database('server');
    const [OLD, NEW] = [newKey(), newKey()];
    const receiver = await stage.receiver();
    const env = { RETRY_SCHEDULE: '0s' };
    const before = { ...env, SECRETS_KEY: OLD, SECRETS_KEY_FALLBACKS: NEW };
    const during = { ...env, SECRETS_KEY: NEW, SECRETS_KEY_FALLBACKS: OLD };
    const after = { ...env, SECRETS_KEY: NEW, SECRETS_KEY_FALLBACKS: '' };
    await addSilentWebhooks(database, OLD);

    const secrets = new Map<string, string[]>();
    const ids = new Map<string, string>();
    const create = async (api: ApiClient, name: string): Promise<void> => {
      const { secret, webhook } = await api.createWebhook(`${receiver.url}/${name}`);
      secrets.set(name, [secret]);
      ids.set(name, webhook.id);
    };
    const first = [await stage.start(database, before), await stage.start(database, before)] as const;
    for (const name of ['a', 'b', 'c', 'd']) await create(first[0].api, name);

    let current: readonly ApiClient[] = first.map(({ api }) => api);
    let rounds = 0;
    let expected = 0;
    const stop = new AbortController();
    const load = (async () => {
      for (; !stop.signal.aborted; rounds += 1) {
        const api = current[rounds % current.length]!;
        expected += (await api.publish({ extractionId: `extract-${rounds}` })).deliveries;
        if (rounds % 4 === 0) {
          const name = [...ids.keys()][(rounds / 4) % ids.size]!;
          const { status, body } = await api.post(`/v1/webhooks/${ids.get(name)}/rotate-secret`, {});
          expect(status).toBe(200);
          secrets.get(name)!.push(body.data.secret);
        }
        await delay(10);
      }
    })();
    const underLoad = async (): Promise<void> => {
      const enough = rounds + 20;
      await Promise.race([eventually(async () => (rounds >= enough ? true : undefined), 'more events', WAIT_MS), load]);
    };
    /**
     * As a load balancer does: a process that is about to end gets no more requests and has answered all earlier ones.
     */
    const moveTo = async (...apis: ApiClient[]): Promise<void> => {
      current = apis;
      await underLoad();
    };

    await underLoad();
    const third = await stage.start(database, during);
    await moveTo(third.api, first[1].api);
    await first[0].kill('SIGTERM');
    // Encrypted under the new key, while a process with the old key still sends.
    await create(third.api, 'e');
    await underLoad();
    const fourth = await stage.start(database, during);
    await moveTo(third.api, fourth.api);
    await first[1].kill('SIGTERM');

    await underLoad();
    const run = await reencryptSecrets(database, during);
    expect(run).toEqual({ code: 0, stdout: expect.stringMatching(COUNTS), stderr: '' });
    const [, reencrypted, , unreadable] = COUNTS.exec(run.stdout)!.map(Number);
    expect(reencrypted).toBeGreaterThanOrEqual(SILENT_WEBHOOKS);
    expect(unreadable).toBe(0);
    await underLoad();
    const again = await reencryptSecrets(database, during);
    expect(again).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^re-encrypted 0, .* unreadable 0\n$/),
      stderr: '',
    });

    const last = await stage.start(database, after);
    await moveTo(last.api);
    for (const server of [third, fourth]) expect(await server.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    await underLoad();
    stop.abort();
    await load;

    const received = await receiver.received(expected, WAIT_MS);
    expect(receiver.requests).toHaveLength(expected);
    for (const request of received)
      expect(verdictOf(request, secrets.get(request.path.split('/').at(-1)!)!)).toBe('ok');
    const records = await sessionOf(database, (query) =>
      query(`SELECT status, count(*)::int AS count FROM delivery_attempts GROUP BY status`),
    );
    expect(records).toEqual([{ status: 'success', count: expected }]);
    const lines = [...first, third, fourth, last].flatMap(({ output }) => output);
    expect(lines.filter((line) => line.includes('signed'))).toEqual([]);
  });

  it('names webhooks whose secrets can not be read, re-encrypts all others, and ends with 1', async () => {
    const database = await stage.database('server');
    const [OLD, NEW, LOST] = [newKey(), newKey(), newKey()];
    const env = { SECRETS_KEY: NEW, SECRETS_KEY_FALLBACKS: OLD };
    await addSilentWebhooks(database, OLD);
    const lost = await addSilentWebhook(database, LOST);
    const expected = {
      code: 1,
      stderr: `None of the given keys can decrypt these secrets:\n${webhookIdOf(lost)}: secret\n`,
    };
    expect(await reencryptSecrets(database, env)).toEqual({
      ...expected,
      stdout: `re-encrypted ${SILENT_WEBHOOKS}, already under the new key 0, unreadable 1\n`,
    });
    expect(await reencryptSecrets(database, env)).toEqual({
      ...expected,
      stdout: `re-encrypted 0, already under the new key ${SILENT_WEBHOOKS}, unreadable 1\n`,
    });
    // The key is available again.
    expect(await reencryptSecrets(database, { ...env, SECRETS_KEY_FALLBACKS: `${OLD},${LOST}` })).toEqual({
      code: 0,
      stdout: `re-encrypted 1, already under the new key ${SILENT_WEBHOOKS}, unreadable 0\n`,
      stderr: '',
    });
  });

  it('continues at its next run when it was killed half way', async () => {
    const database = await stage.database('server');
    const [OLD, NEW] = [newKey(), newKey()];
    await addSilentWebhooks(database, OLD);
    await sessionOf(database, (query) =>
      query(`
        CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          IF (SELECT count(*) FROM webhooks WHERE description = 'moved') >= 200 THEN
            PERFORM pg_terminate_backend(pg_backend_pid());
          END IF;
          NEW.description := 'moved';
          RETURN NEW;
        END $$;
        CREATE TRIGGER fail BEFORE UPDATE ON webhooks FOR EACH ROW EXECUTE FUNCTION fail();`),
    );
    const env = { SECRETS_KEY: NEW, SECRETS_KEY_FALLBACKS: OLD };
    const broken = await reencryptSecrets(database, env);
    expect(broken).toMatchObject({ code: 1, stdout: '' });
    expect(broken.stderr).toContain('terminat');
    await sessionOf(database, (query) => query('DROP TRIGGER fail ON webhooks'));
    expect(await reencryptSecrets(database, env)).toMatchObject({
      code: 0,
      stdout: `re-encrypted ${SILENT_WEBHOOKS - 200}, already under the new key 200, unreadable 0\n`,
    });
  });

  it('re-encrypts a locked webhook after all others', async () => {
    const database = await stage.database('server');
    const [OLD, NEW] = [newKey(), newKey()];
    const changing = await addSilentWebhook(database, OLD);
    for (let count = 0; count < 5; count += 1) await addSilentWebhook(database, OLD);
    const newCipher = new AesSecretCipher(Buffer.from(NEW, 'base64'));
    const run = await sessionOf(database, async (query) => {
      await query('BEGIN');
      await query(`UPDATE webhooks SET description = 'changed meanwhile' WHERE id = $1`, [changing]);
      const running = reencryptSecrets(database, { SECRETS_KEY: NEW, SECRETS_KEY_FALLBACKS: OLD });
      await eventually(async () => {
        const rows = (await query('SELECT id, secret FROM webhooks')) as { id: string; secret: Buffer }[];
        const behind = rows.filter(({ secret }) => !newCipher.isCurrent(secret));
        return behind.length === 1 && behind[0]?.id === changing ? true : undefined;
      }, 'all others');
      await query('COMMIT');
      return running;
    });
    expect(run).toEqual({
      code: 0,
      stdout: 're-encrypted 6, already under the new key 0, unreadable 0\n',
      stderr: '',
    });
  });
});

describe('Changing the key of an embedded database', () => {
  const stage = new Stage();

  afterEach(() => stage.clear());

  it('waits for the service to stop, and then needs the old key file only for the command', async () => {
    const database = await stage.database('embedded');
    const receiver = await stage.receiver();
    const file = join(database.env.DATA_DIR ?? '', 'secrets.key');
    const first = await stage.start(database);
    const { secret } = await first.api.createWebhook(receiver.url);
    const refusal = await reencryptSecrets(database);
    expect(refusal).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(`in use by process ${first.pid} .*stop the other one`),
    });
    await first.kill('SIGTERM');

    await rename(file, `${file}.old`);
    const SECRETS_KEY_FALLBACKS = (await readFile(`${file}.old`, 'utf8')).trim();
    expect(await reencryptSecrets(database, { SECRETS_KEY_FALLBACKS })).toEqual({
      code: 0,
      stdout: 're-encrypted 1, already under the new key 0, unreadable 0\n',
      stderr: '',
    });
    await rm(`${file}.old`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, 'utf8')).not.toContain(SECRETS_KEY_FALLBACKS);

    const second = await stage.start(database);
    await second.api.publish();
    const [request] = await receiver.received(1);
    expect(verdictOf(request!, [secret])).toBe('ok');
  });

  it('names its wrong settings, and never the keys', async () => {
    const key = newKey();
    const { code, stdout, stderr } = await reencryptSecrets(
      { env: { DATA_DIR: process.cwd() } },
      {
        DATABASE_URL: `postgresql://docmap:${encodeURIComponent(key)}@127.0.0.1/docmap`,
        SECRETS_KEY_FALLBACKS: `${key},${key}x`,
      },
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.split('\n')).toEqual([
      'The configuration is not valid:',
      expect.stringMatching(/^ {2}SECRETS_KEY_FALLBACKS must be keys/),
      expect.stringMatching(/^ {2}SECRETS_KEY is required/),
      '',
    ]);
    expect(stderr).not.toContain(key);
  });
});

function verdictOf({ body, headers }: ReceivedRequest, secrets: readonly string[]): string {
  const verifies = (secret: string): boolean => {
    try {
      new Webhook(secret).verify(body, headers as Record<string, string>);
      return true;
    } catch {
      return false;
    }
  };
  return secrets.some(verifies) ? 'ok' : `no secret verifies ${JSON.stringify(headers)}`;
}

type Query = (sql: string, values?: unknown[]) => Promise<unknown[]>;

async function sessionOf<Result>({ env }: TestDatabase, work: (query: Query) => Promise<Result>): Promise<Result> {
  const session = await openSession(env.DATABASE_URL ?? '');
  try {
    return await work((sql, values) => session.query(sql, values));
  } finally {
    await session.close();
  }
}

/** Webhooks of other users, to which nothing is sent. */
function addSilentWebhooks(database: TestDatabase, key: string): Promise<void> {
  return sessionOf(database, async (query) => {
    for (let count = 0; count < SILENT_WEBHOOKS; count += 1) await insertWebhook(query, key);
  });
}

function addSilentWebhook(database: TestDatabase, key: string): Promise<string> {
  return sessionOf(database, (query) => insertWebhook(query, key));
}

async function insertWebhook(query: Query, key: string): Promise<string> {
  const id = randomUUID();
  const secret = new AesSecretCipher(Buffer.from(key, 'base64')).encrypt(newSigningSecret(), id);
  await query(
    `INSERT INTO webhooks (id, user_id, url, events, secret)
     VALUES ($1, $1::uuid::text, 'https://your-app.com/', '{extraction.completed}', $2)`,
    [id, Buffer.from(secret)],
  );
  return id;
}
