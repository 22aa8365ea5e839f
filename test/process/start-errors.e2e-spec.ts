import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { emptyServerDatabase } from './support/empty-database.js';
import { describeOnServer } from './support/kinds.js';
import { PasswordRefuser } from './support/postgres-impostor.js';
import { openSession } from './support/session.js';
import { Stage } from './support/stage.js';
import { freePort } from '../support/free-port.js';
import { SERVER_URL } from '../support/test-server.mjs';

jest.setTimeout(60_000);

const SECRETS_KEY = randomBytes(32).toString('base64');

/** A failed start prints its reason in readable lines, without a stack, and ends with exit code 1. */
describe('A start that can not succeed', () => {
  let stage: Stage;
  let directory: string;

  beforeEach(async () => {
    stage = new Stage();
    directory = await mkdtemp(join(tmpdir(), 'docmap-test-start-'));
  });

  afterEach(async () => {
    await stage.clear();
    await rm(directory, { recursive: true, force: true });
  });

  const startInVain = (env: Record<string, string>) => stage.startInVain({ env: { DATA_DIR: directory } }, env);

  it('lists every fault of the configuration with its value, one per line, without secrets', async () => {
    const failure = await startInVain({
      PORT: '99999',
      DATABASE_URL: 'mysql://root:hunter2@127.0.0.1/docmap',
      ROLE: 'worker',
      SECRETS_KEY: 'hunter2',
      WEBHOOK_ALLOWED_NETWORKS: '10.0.0.0',
      DELIVERY_TIMEOUT_MS: '10s',
      RETRY_SCHEDULE: 'soon',
    });
    expect(failure).toEqual({
      code: 1,
      signal: null,
      output: [
        'The configuration is not valid:',
        expect.stringMatching(/^ {2}PORT must be .*; it is "99999"$/),
        expect.stringMatching(/^ {2}DATABASE_URL must be .*; it is "mysql:\/\/\*{8}@127\.0\.0\.1\/docmap"$/),
        expect.stringMatching(/^ {2}ROLE must be .*; it is "worker"$/),
        expect.stringMatching(/^ {2}SECRETS_KEY must be /),
        expect.stringMatching(/^ {2}WEBHOOK_ALLOWED_NETWORKS must be /),
        expect.stringMatching(/^ {2}DELIVERY_TIMEOUT_MS must be /),
        expect.stringMatching(/^ {2}RETRY_SCHEDULE must be /),
      ],
    });
    expect(failure.output.join()).not.toContain('hunter2');
  });

  it('says that a database server needs SECRETS_KEY', async () => {
    const { code, output } = await startInVain({ DATABASE_URL: 'postgresql://127.0.0.1/docmap' });
    expect(code).toBe(1);
    expect(output).toEqual([
      'The configuration is not valid:',
      expect.stringMatching(/^ {2}SECRETS_KEY is required with DATABASE_URL/),
    ]);
  });

  it('says that no server answers at the address of the database', async () => {
    const port = await freePort();
    const DATABASE_URL = `postgresql://docmap:hunter2@127.0.0.1:${port}/docmap`;
    const { code, output } = await startInVain({ DATABASE_URL, SECRETS_KEY });
    expect(code).toBe(1);
    expect(output).toEqual([
      expect.stringMatching(`^PostgreSQL at 127.0.0.1:${port}/docmap can't be used: .*ECONNREFUSED.* DATABASE_URL`),
    ]);
    expect(output.join()).not.toContain('hunter2');
  });

  it('says that the database server refuses the password, without showing it', async () => {
    const refuser = await PasswordRefuser.start();
    const DATABASE_URL = `postgresql://docmap:hunter2@127.0.0.1:${refuser.port}/docmap`;
    const { code, output } = await startInVain({ DATABASE_URL, SECRETS_KEY });
    await refuser.close();
    expect(code).toBe(1);
    expect(output).toEqual([
      expect.stringContaining(`can't be used: password authentication failed for user "docmap"`),
    ]);
    expect(output.join()).not.toContain('hunter2');
  });

  it('names a DATA_DIR that can not be made', async () => {
    await writeFile(join(directory, 'file'), '');
    const DATA_DIR = join(directory, 'file', 'data');
    const { code, output } = await startInVain({ DATA_DIR });
    expect(code).toBe(1);
    expect(output.filter((line) => !line.startsWith('{'))).toEqual([
      'The configuration is not valid:',
      expect.stringMatching(`^ {2}DATA_DIR ${DATA_DIR} can't be created: .*ENOTDIR`),
    ]);
  });

  it('refuses the example key of the documents when other machines can reach the process', async () => {
    const { code, output } = await startInVain({ HOST: '0.0.0.0' });
    expect(code).toBe(1);
    expect(output).toEqual([
      'The configuration is not valid:',
      expect.stringMatching(/^ {2}BOOTSTRAP_API_KEY is the example key of the documents/),
    ]);
  });

  it('refuses a file with the secrets key that others can read when its mode can not be changed', async () => {
    const database = await stage.database('embedded');
    const path = join(database.env.DATA_DIR ?? '', 'secrets.key');
    // No process may change the mode of this file, as with a secret that a platform mounts.
    await symlink('/proc/self/status', path);
    const { code, output } = await stage.startInVain(database);
    expect(code).toBe(1);
    expect(output).toEqual([
      'The configuration is not valid:',
      expect.stringMatching(
        `^ {2}Other users can read ${path}.*Type "chmod 0400 ${path}", or give the key in SECRETS_KEY`,
      ),
    ]);
  });

  it('says that the file with the secrets key contains none, and leaves it unchanged', async () => {
    const database = await stage.database('embedded');
    const path = join(database.env.DATA_DIR ?? '', 'secrets.key');
    await writeFile(path, 'garbage');
    const { code, output } = await stage.startInVain(database);
    expect(code).toBe(1);
    expect(output).toEqual([
      'The configuration is not valid:',
      expect.stringMatching(`^ {2}${path} holds no key.*Restore it from a backup`),
    ]);
    expect(await readFile(path, 'utf8')).toBe('garbage');
  });

  it('says that the file with the secrets key can not be read', async () => {
    const database = await stage.database('embedded');
    const path = join(database.env.DATA_DIR ?? '', 'secrets.key');
    await mkdir(path);
    const { code, output } = await stage.startInVain(database);
    expect(code).toBe(1);
    expect(output).toEqual(['The configuration is not valid:', expect.stringContaining(`${path} can't be read:`)]);
  });

  it('says that PORT is in use, and makes no database and no key', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    const DATA_DIR = join(directory, 'data');
    const { code, output } = await startInVain({ DATA_DIR, PORT: String(port) });
    holder.close();
    expect(code).toBe(1);
    expect(output).toEqual([
      `PORT=${port} is in use on 127.0.0.1 by another program: stop that program, or set PORT to another port.`,
    ]);
    expect(existsSync(DATA_DIR)).toBe(false);
  });

  it('says that HOST is not an address of this machine, and makes no database and no key', async () => {
    const DATA_DIR = join(directory, 'data');
    // An address for documentation (RFC 5737), which no machine has.
    const { code, output } = await startInVain({ DATA_DIR, HOST: '192.0.2.1', BOOTSTRAP_API_KEY: '' });
    expect(code).toBe(1);
    expect(output).toEqual([
      'HOST=192.0.2.1 is not an address of this machine: set it to one that is, or to 0.0.0.0 for all addresses.',
    ]);
    expect(existsSync(DATA_DIR)).toBe(false);
  });
});

describe('A start with variables that are probably mistakes', () => {
  const stage = new Stage();

  afterEach(() => stage.clear());

  it('warns of an empty DATABASE_URL and of a name that differs by one letter, and goes on', async () => {
    const database = await stage.database('embedded');
    const { output } = await stage.start(database, { DATABASE_URL: '', RETENTION_DAY: '7', UNRELATED: '1' });
    const warnings = output
      .map((line) => JSON.parse(line) as { level: number; msg: string })
      .filter(({ level }) => level === 40);
    expect(warnings.map(({ msg }) => msg)).toEqual([
      'DATABASE_URL is empty: the embedded database in DATA_DIR is used',
      'RETENTION_DAY is not a variable of this service and is ignored; did you mean RETENTION_DAYS?',
    ]);
  });

  it('logs lines for people when LOG_FORMAT=pretty, without colours where there is no terminal', async () => {
    const { output } = await stage.start(await stage.database('embedded'), { LOG_FORMAT: 'pretty' });
    expect(output.at(-1)).toMatch(
      /^\d\d:\d\d:\d\d INFO {2}Ready at http:\/\/127\.0\.0\.1:\d+ with embedded PostgreSQL/,
    );
  });
});

describeOnServer('A start on a database server that can not succeed', () => {
  const stage = new Stage();

  afterEach(() => stage.clear());

  it('says that the database does not exist', async () => {
    const database = await stage.database('embedded');
    const url = new URL(SERVER_URL);
    url.pathname = '/docmap_is_not_here';
    const { code, output } = await stage.startInVain(database, { DATABASE_URL: url.href, SECRETS_KEY });
    expect(code).toBe(1);
    expect(output).toEqual([
      `PostgreSQL at ${url.host}/docmap_is_not_here can't be used: database "docmap_is_not_here" does not exist. ` +
        'Check DATABASE_URL and that the server runs.',
    ]);
  });

  it.each(['LATIN1', 'EUC_KR', 'SQL_ASCII'])('refuses a database in %s and leaves it as it is', async (encoding) => {
    const database = await stage.database('server');
    const empty = await emptyServerDatabase(encoding);
    try {
      const { code, output } = await stage.startInVain(database, { DATABASE_URL: empty.url });
      expect(code).toBe(1);
      expect(output).toEqual([
        `The database ${new URL(empty.url).pathname.slice(1)} has the encoding ${encoding}, and UTF8 is needed. ` +
          `Nothing was changed. Create one with "CREATE DATABASE docmap ENCODING 'UTF8' TEMPLATE template0" and name it in ` +
          'DATABASE_URL.',
      ]);
      const session = await empty.open();
      expect(await session.query(`SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace`)).toEqual(
        [],
      );
      await session.close();
    } finally {
      await empty.drop();
    }
  });

  it('stores no first API key when its file can not be written', async () => {
    const database = await stage.database('server');
    await writeFile(join(database.env.DATA_DIR ?? '', 'file'), '');
    const DATA_DIR = join(database.env.DATA_DIR ?? '', 'file', 'data');
    const { code, output } = await stage.startInVain(database, { DATA_DIR, BOOTSTRAP_API_KEY: '' });
    expect(code).toBe(1);
    expect(output.filter((line) => !line.startsWith('{'))).toEqual([
      'The configuration is not valid:',
      expect.stringMatching(`^ {2}DATA_DIR ${DATA_DIR} can't be created: .*ENOTDIR`),
    ]);
    const session = await openSession(database.env.DATABASE_URL ?? '');
    expect(await session.query('SELECT id FROM api_keys')).toEqual([]);
    await session.close();
  });

  it('says that a newer version has migrated the database', async () => {
    const database = await stage.database('server');
    const session = await openSession(database.env.DATABASE_URL ?? '');
    await session.script(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at)
         VALUES ('newer', 'c', '29991231000000_newer', now())`,
    );
    await session.close();
    const { code, output } = await stage.startInVain(database);
    expect(code).toBe(1);
    expect(output).toEqual([expect.stringContaining('has the migration 29991231000000_newer, which this version')]);
  });
});
