import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { PGlite } from '@electric-sql/pglite';
import { afterAll, afterEach, beforeAll, expect, it, jest } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { EXPORTED_TABLES } from '../../src/database/tables.js';
import { eventually } from '../support/api-client.js';
import { newDatabase, type TestDatabase } from '../support/database.js';
import { startServerProcess } from '../support/server-process.js';
import { describeOnServer } from './support/kinds.js';
import type { ProgramResult } from './support/run-program.js';
import { openSession, type ServerSession } from './support/session.js';
import { Stage } from './support/stage.js';
import { transfer } from './support/transfer.js';

jest.setTimeout(300_000);

const newKey = (): string => randomBytes(32).toString('base64');
const DONE = { code: 0, stderr: '' };

describeOnServer('Moving an installation through a file', () => {
  const stage = new Stage();
  let directory: string;
  let file: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'docmap-test-transfer-'));
  });

  afterAll(() => rm(directory, { recursive: true }));

  afterEach(() => stage.clear());

  const newFile = (): string => (file = join(directory, `${randomBytes(4).toString('hex')}.gz`));

  it('moves every row of an embedded database to a server and back, and the server delivers what is due', async () => {
    let isWell = false;
    const receiver = await stage.receiver(({ path }, response) => {
      if (path.endsWith('/hangs') && !isWell) return;
      response
        .writeHead(path.endsWith('/fails') && !isWell ? 500 : 200)
        .end('answer\twith "quotes"\\\n\u2028 and 한국어');
    });
    const tokens = await stage.receiver((_request, response) => {
      response.end(JSON.stringify({ access_token: 'token', token_type: 'Bearer' }));
    });
    const url = (name: string): string => `${receiver.url}/${name}`;
    const embedded = await stage.database('embedded');
    const first = await stage.start(embedded, { RETRY_SCHEDULE: '0s,15s' });
    const { api } = first;
    const healthy = await api.createWebhook(url('answers'));
    const failing = await api.createWebhook(url('fails'));
    const hanging = await api.createWebhook(url('hangs'), ['extraction.failed']);
    await api.patch(`/v1/webhooks/${failing.webhook.id}`, { metadata: { team: '{"a":null},\t"' }, description: '' });
    const settings = {
      headers: { 'x-api-key': 'key of the gateway' },
      filter: { $or: [{ 'data.text': { $exists: true } }, { extractionId: { $ne: '\u0000' } }] },
      timeoutMs: 9_000,
      auth: { type: 'oauth2', tokenUrl: tokens.url, clientId: 'docmap', clientSecret: 'secret of the client' },
    };
    expect((await api.patch(`/v1/webhooks/${failing.webhook.id}`, settings)).status).toBe(200);
    const rotated = await api.post(`/v1/webhooks/${healthy.webhook.id}/rotate-secret`, {});
    const { body: key } = await api.post('/v1/api-keys', { name: 'other', expiresIn: '30d' });
    const idempotent = { 'idempotency-key': 'once' };
    const data = { text: 'line\nbreak\r\n\\N \u2028 "quoted" 한국어 😀', number: 1250.0 };
    const event = await api.publish({ data }, idempotent);
    await api.publish({ event: 'extraction.failed' });
    await receiver.received(5);
    await api.log(4);
    const recovery = await api.post(`/v1/webhooks/${healthy.webhook.id}/recover`, { since: '2020-01-01T00:00:00Z' });
    expect(recovery.status).toBe(202);
    const log = await api.log(4);
    await first.kill('SIGKILL');

    expect(await transfer('export', newFile(), embedded)).toEqual({
      ...DONE,
      stdout: expect.stringMatching(
        /^Exported to .*: api_keys 2, deliveries 5, delivery_attempts \d+, events 2, idempotency_keys 1, recoveries 1, secrets_check 1, webhooks 3\n$/,
      ),
    });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const server = await stage.database('server');
    const SECRETS_KEY = (await readFile(join(embedded.env.DATA_DIR!, 'secrets.key'), 'utf8')).trim();
    const moved = { ...server, env: { ...server.env, SECRETS_KEY } };
    expect(await transfer('import', file, moved)).toEqual({
      ...DONE,
      stdout: expect.stringMatching(/^Imported from .*: api_keys 2, deliveries 5, .*webhooks 3\n$/),
    });
    const original = await rowsOfEmbedded(embedded);
    expect(original.deliveries).toHaveLength(5);
    expect(await rowsOfServer(moved)).toEqual(original);
    const pending = await onServer(moved, (session) =>
      session.query<{ id: string; leased: boolean }>(
        `SELECT id, leased_until IS NOT NULL AS leased FROM deliveries WHERE state = 'pending'`,
      ),
    );
    expect(pending.filter(({ leased }) => leased)).toHaveLength(1);
    expect(pending).toHaveLength(3);

    const back = await stage.database('embedded');
    expect(await transfer('export', newFile(), moved)).toMatchObject(DONE);
    expect(await transfer('import', file, back, { SECRETS_KEY })).toMatchObject(DONE);
    expect(await rowsOfEmbedded(back)).toEqual(original);

    isWell = true;
    const earlier = new Set(receiver.requests.map(({ headers }) => headers['webhook-id']));
    const second = await stage.start(moved);
    const received = (await receiver.received(8, 60_000)).slice(5);
    expect(new Set(received.map(({ headers }) => headers['webhook-id']))).toEqual(new Set(pending.map(({ id }) => id)));
    for (const { headers } of received) expect(earlier).toContain(headers['webhook-id']);
    for (const { path, body, headers } of received) {
      const { secret } = path.endsWith('/hangs') ? hanging : failing;
      const isFailing = path.endsWith('/fails');
      expect(headers['x-api-key']).toBe(isFailing ? 'key of the gateway' : undefined);
      expect(headers.authorization).toBe(isFailing ? 'Bearer token' : undefined);
      expect(() => new Webhook(secret).verify(body, headers as Record<string, string>)).not.toThrow();
    }
    expect((await second.api.log(7)).slice(3)).toEqual(log);
    expect(await second.api.publish({ data }, idempotent)).toEqual(event);
    expect((await second.api.get('/v1/webhooks')).body.data).toHaveLength(3);
    const other = await fetch(`${second.url}/v1/webhooks`, { headers: { authorization: `Bearer ${key.data.key}` } });
    expect(other.status).toBe(200);
    expect(rotated.status).toBe(200);
  });

  it('exports one snapshot of a server while other sessions write', async () => {
    const source = await stage.database('server');
    await (await stage.start(source)).kill('SIGTERM');
    const first = await onServer(source, async (session) => {
      // The table webhooks is read last. The lock stops the export after it has read the events.
      await session.script('BEGIN; LOCK TABLE webhooks IN ACCESS EXCLUSIVE MODE');
      const exporting = transfer('export', newFile(), source);
      await waitFor(session, `relation = 'webhooks'::regclass AND NOT granted`);
      await session.script(`${INSERT_ROWS.replaceAll('$count', '20')}; COMMIT`);
      return exporting;
    });
    expect(first).toMatchObject({ ...DONE, stdout: expect.stringMatching(/ events 0, .* webhooks 0\n$/) });
    expect(await transfer('export', newFile(), source)).toMatchObject({
      ...DONE,
      stdout: expect.stringMatching(/deliveries 20, delivery_attempts 20, events 20, .*webhooks 1\n$/),
    });
  });

  it('takes no more memory for fifty thousand attempts than for ten thousand', async () => {
    const source = await stage.database('server');
    await (await stage.start(source)).kill('SIGTERM');
    const peaks: number[] = [];
    for (const count of [10_000, 30_000]) {
      await onServer(source, (session) => session.script(INSERT_ROWS.replaceAll('$count', String(count))));
      peaks.push(await peakOf(transfer('export', newFile(), source, {}, MEASURED)));
      const empty = await stage.database('server');
      peaks.push(await peakOf(transfer('import', file, empty, { SECRETS_KEY: source.env.SECRETS_KEY! }, MEASURED)));
      const sql = 'SELECT count(*)::int AS count FROM delivery_attempts';
      expect(await onServer(empty, (session) => session.query(sql))).toEqual([
        { count: count === 10_000 ? 10_000 : 50_000 },
      ]);
    }
    // The attempts have 40 MB of text, and then 200 MB. Below some 50 MB, V8 frees less than it may keep.
    const [smallExport = 0, smallImport = 0, largeExport = 0, largeImport = 0] = peaks;
    expect(largeExport - smallExport).toBeLessThan(60);
    expect(largeImport - smallImport).toBeLessThan(60);
  });

  it('leaves an empty database when it is killed half way, and then imports everything', async () => {
    const source = await stage.database('server');
    await (await stage.start(source)).kill('SIGTERM');
    await onServer(source, (session) => session.script(INSERT_ROWS.replaceAll('$count', '300')));
    await transfer('export', newFile(), source);
    const empty = await stage.database('server');
    const env = { SECRETS_KEY: source.env.SECRETS_KEY! };
    const killing = new AbortController();
    await onServer(empty, async (session) => {
      await session.script(`
        CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN PERFORM pg_advisory_xact_lock(7); RETURN NEW; END $$;
        CREATE TRIGGER wait BEFORE INSERT ON webhooks FOR EACH ROW EXECUTE FUNCTION wait();
        SELECT pg_advisory_lock(7)`);
      const running = transfer('import', file, empty, env, { signal: killing.signal });
      await waitFor(session, `locktype = 'advisory' AND NOT granted`);
      killing.abort();
      await running;
    });
    expect(Object.values(await rowsOfServer(empty)).flat()).toEqual([]);
    expect(await transfer('import', file, empty, env)).toMatchObject(DONE);
    expect(await rowsOfServer(empty)).toEqual(await rowsOfServer(source));
  });
});

describeOnServer('An export or import that is not possible', () => {
  const stage = new Stage();
  let directory: string;
  let source: TestDatabase;
  /** Stays empty: every import into it is refused. */
  let target: TestDatabase;
  let file: string;
  let lines: string[];
  let SECRETS_KEY: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'docmap-test-transfer-'));
    source = await newDatabase('server');
    target = await newDatabase('server');
    SECRETS_KEY = source.env.SECRETS_KEY!;
    await (await startServerProcess({ database: source })).kill('SIGTERM');
    await onServer(source, (session) => session.script(INSERT_ROWS.replaceAll('$count', '3')));
    file = join(directory, 'export.gz');
    await transfer('export', file, source);
    lines = gunzipSync(await readFile(file))
      .toString()
      .trimEnd()
      .split('\n');
  });

  afterAll(async () => {
    await source.drop();
    await target.drop();
    await rm(directory, { recursive: true });
  });

  afterEach(() => stage.clear());

  /** Imports a changed file, which must leave the database empty. */
  const importing = async (content: Buffer | readonly string[]): Promise<ProgramResult> => {
    const path = join(directory, `changed-${randomBytes(4).toString('hex')}.gz`);
    await writeFile(path, Buffer.isBuffer(content) ? content : gzipSync(content.map((line) => `${line}\n`).join('')));
    const result = await transfer('import', path, target, { SECRETS_KEY });
    expect(Object.values(await rowsOfServer(target)).flat()).toEqual([]);
    return result;
  };

  /** Replaces text, and makes the checksum fit, as a person who edits the file would. */
  const edited = (from: string, to: string): string[] => {
    const changed = lines.slice(0, -1).map((line) => line.replace(from, to));
    expect(changed).not.toEqual(lines.slice(0, -1));
    const sha256 = createHash('sha256')
      .update(changed.map((line) => `${line}\n`).join(''))
      .digest('hex');
    return [...changed, JSON.stringify({ ...(JSON.parse(lines.at(-1)!.replace(from, to)) as object), sha256 })];
  };

  it('keeps an existing file', async () => {
    const before = await readFile(file);
    expect(await transfer('export', file, source)).toEqual(refusalOf(/^.*export\.gz exists\. Name a file that/));
    expect(await readFile(file)).toEqual(before);
    expect(await transfer('export', '/nonexistent/file', source)).toEqual(refusalOf(/can't be created: ENOENT/));
  });

  it('refuses an embedded database that a service has open, or that does not exist', async () => {
    const embedded = await stage.database('embedded');
    const { pid } = await stage.start(embedded);
    const inUse = refusalOf(new RegExp(`in use by process ${pid} .*stop the other one`));
    expect(await transfer('export', join(directory, 'open.gz'), embedded)).toEqual(inUse);
    expect(await transfer('import', file, embedded, { SECRETS_KEY })).toEqual(inUse);
    const none = { env: { DATA_DIR: directory } };
    expect(await transfer('export', join(directory, 'none.gz'), none)).toEqual(refusalOf(/ has no embedded database/));
    expect(await readdir(directory)).toEqual(['export.gz']);
  });

  it('refuses a database with rows, and keeps them', async () => {
    const target = await stage.database('server');
    const server = await stage.start(target, { SECRETS_KEY });
    const before = await rowsOfServer(target);
    expect(await transfer('import', file, target, { SECRETS_KEY })).toEqual(
      refusalOf(/^The database is not empty \(PostgreSQL at .*\): it has rows in api_keys, secrets_check\./),
    );
    expect(await rowsOfServer(target)).toEqual(before);
    await server.api.createWebhook('http://127.0.0.1:65000/');
  });

  it('refuses a database with other migrations', async () => {
    const target = await stage.database('server');
    await onServer(target, (session) =>
      session.script(`INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at)
                      VALUES ('1', 'abc', '20990101000000_expand_more', now())`),
    );
    expect(await transfer('import', file, target, { SECRETS_KEY })).toEqual(
      refusalOf(
        /^The migrations .* differ: only the database has 20990101000000_expand_more\. Import with the release/,
      ),
    );
    expect(await importing(edited('_expand_secrets_check"', '_expand_other"'))).toEqual(
      refusalOf(/only the export has \d+_expand_other, only the database has \d+_expand_secrets_check/),
    );
  });

  it('refuses a file that is cut off or altered', async () => {
    const packed = await readFile(file);
    expect(await importing(packed.subarray(0, -1))).toEqual(refusalOf(/ is cut off: its end is missing\. Nothing was/));
    const altered = (detail: string) =>
      refusalOf(new RegExp(` was altered or damaged: ${detail}.*Nothing was imported`));
    expect(await importing(lines.map((line) => line.replace('"pending"', '"succeeded"')))).toEqual(
      altered('its checksum does not fit'),
    );
    expect(await importing(edited('"events"', '"pg_authid"'))).toEqual(altered('the table pg_authid is unknown'));
    expect(await importing(edited('"user_id","url"', '"user_id","url2"'))).toEqual(altered('the columns of webhooks'));
    expect(await importing(edited('"pending"', '"none"'))).toEqual(
      refusalOf(/^The import failed, and nothing was changed: invalid input value for enum/),
    );
  });

  it('refuses a key that does not decrypt the secrets, and takes it as a fallback', async () => {
    const key = newKey();
    expect(await transfer('import', file, target, { SECRETS_KEY: key })).toEqual(
      refusalOf(/^SECRETS_KEY is not the key of the export: .*SECRETS_KEY_FALLBACKS.*secrets\.key/),
    );
    expect(await transfer('export', join(directory, 'key.gz'), source, { SECRETS_KEY: key })).toEqual(
      refusalOf(/^SECRETS_KEY is not the key of this database/),
    );
    const embedded = await stage.database('embedded');
    expect(await transfer('import', file, embedded)).toEqual(
      refusalOf(/^SECRETS_KEY is not set, and .* no secrets\.key/),
    );
    expect(await readdir(embedded.env.DATA_DIR!)).not.toContain('secrets.key');
    const empty = await stage.database('server');
    expect(
      await transfer('import', file, empty, { SECRETS_KEY: key, SECRETS_KEY_FALLBACKS: SECRETS_KEY }),
    ).toMatchObject(DONE);
  });
});

function refusalOf(text: RegExp) {
  return { code: 1, stdout: '', stderr: expect.stringMatching(text) };
}

/** Rows of a webhook, with attempts of 4 KB each. */
const INSERT_ROWS = `
  INSERT INTO webhooks (id, user_id, url, events, secret)
    SELECT gen_random_uuid(), 'uid_local', 'https://your-app.com/', '{extraction.completed}', '\\x00'
    WHERE NOT EXISTS (SELECT FROM webhooks);
  CREATE TEMPORARY TABLE new_ids AS SELECT gen_random_uuid() AS id FROM generate_series(1, $count);
  INSERT INTO events (id, type, user_id, payload, occurred_at, delivery_count)
    SELECT id, 'extraction.completed', 'uid_local', '{}', now(), 1 FROM new_ids;
  INSERT INTO deliveries (id, event_id, webhook_id, trigger, next_attempt_at)
    SELECT gen_random_uuid(), n.id, w.id, 'event', now() FROM new_ids n, webhooks w;
  INSERT INTO delivery_attempts (id, user_id, webhook_id, delivery_id, event_id, event, url, status, duration_ms, attempt,
      trigger, request_headers, response_body, response_truncated, created_at)
    SELECT gen_random_uuid(), 'uid_local', webhook_id, id, event_id, 'extraction.completed', 'https://your-app.com/',
      'failed', 1, 1, 'event', '', repeat(md5(id::text), 128), false, now()
    FROM deliveries;
  DROP TABLE new_ids`;

/** Makes a program print its peak of resident memory in kilobytes. */
const MEASURED = {
  execArgv: [
    '--import',
    `data:text/javascript,process.on('exit',()=>process.stderr.write(String(process.resourceUsage().maxRSS)))`,
  ],
};

/** The peak of resident memory of a program, in megabytes. */
async function peakOf(running: Promise<ProgramResult>): Promise<number> {
  const { code, stderr } = await running;
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^\d+$/) });
  return Number(stderr) / 1024;
}

/** Waits until a lock of this database is as the condition says. */
function waitFor(session: ServerSession, condition: string): Promise<true> {
  const sql = `SELECT FROM pg_locks JOIN pg_database d ON d.oid = database AND datname = current_database() WHERE ${condition}`;
  return eventually(async () => ((await session.query(sql)).length > 0 ? true : undefined), condition, 60_000);
}

async function rowsOfEmbedded({ env }: TestDatabase): Promise<Record<string, string[]>> {
  const pglite = new PGlite({ dataDir: join(env.DATA_DIR!, 'postgres') });
  try {
    return await rowsOf(async <Row>(sql: string) => (await pglite.query<Row>(sql)).rows);
  } finally {
    await pglite.close();
  }
}

function rowsOfServer(database: TestDatabase): Promise<Record<string, string[]>> {
  return onServer(database, (session) => rowsOf((sql) => session.query(sql)));
}

/** All rows of all tables as JSON. The positions of events are of one database: an import makes others, in the same order. */
async function rowsOf(query: <Row>(sql: string) => Promise<Row[]>): Promise<Record<string, string[]>> {
  await query(`SET TIME ZONE 'UTC'`);
  const rows: Record<string, string[]> = {};
  for (const table of EXPORTED_TABLES) {
    const found = await query<{ row: string }>(`SELECT (to_jsonb(t) - 'position')::text AS row FROM ${table} t`);
    rows[table] = found.map(({ row }) => row).sort();
  }
  return rows;
}

async function onServer<Result>(
  { env }: Pick<TestDatabase, 'env'>,
  work: (session: ServerSession) => Promise<Result>,
): Promise<Result> {
  const session = await openSession(env.DATABASE_URL!);
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}
