import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { noticedPackages } from '../../scripts/third-party-notices.js';
import { onServer, SERVER_URL } from '../support/test-server.mjs';
import { describeOnServer } from './support/kinds.js';
import { Stage } from './support/stage.js';

jest.setTimeout(120_000);

const run = promisify(execFile);
/** As in an image: process 1 of its own, with the user and the rights of the Dockerfile. Needs root. */
const LAUNCHER = `unshare --pid --fork --kill-child
  setpriv --reuid=10001 --regid=10001 --clear-groups --no-new-privs --bounding-set=-all`.split(/\s+/) as [
  string,
  ...string[],
];
const isRoot = process.getuid?.() === 0;

describeOnServer('The assembled service, in a folder that it cannot write to,', () => {
  const stage = new Stage();
  const folder = mkdtempSync(join(tmpdir(), 'docmap-test-assembled-'));
  /** Replaces the word `docmap` in the names of the database, its schema and its roles. */
  const own = `docmap${randomBytes(6).toString('hex')}`;
  const launcher = isRoot ? LAUNCHER : undefined;

  const urlAs = (role: string): string => {
    const url = new URL(SERVER_URL);
    Object.assign(url, { username: role, password: 'secret', pathname: `/${own}`, search: `?schema=${own}` });
    return url.href;
  };

  beforeAll(async () => {
    await run(process.execPath, ['node_modules/tsx/dist/cli.mjs', 'scripts/assemble.ts', folder]);
    chmodSync(folder, 0o755);
    const sql = readFileSync('deploy/postgres/roles.sql', 'utf8').replaceAll(/\bdocmap(?=_|\b)/g, own);
    const psql = promisify(execFile)('psql', ['--quiet', '--no-psqlrc', '--dbname', SERVER_URL], {
      env: { ...process.env, DOCMAP_OWNER_PASSWORD: 'secret', DOCMAP_APP_PASSWORD: 'secret' },
    });
    psql.child.stdin!.end(sql);
    await psql;
  });

  afterAll(async () => {
    await stage.clear();
    await onServer(`DROP DATABASE IF EXISTS ${own} WITH (FORCE)`);
    for (const role of ['owner', 'app']) await onServer(`DROP ROLE IF EXISTS ${own}_${role}`);
    rmSync(folder, { recursive: true });
  });

  /** Runs a program of the folder to its end and returns its output. */
  async function program(name: string, env: Record<string, string>): Promise<string> {
    const command = [...(launcher ?? []), process.execPath, join(folder, 'dist/bundle', name)];
    const { stdout } = await run(command[0]!, command.slice(1), {
      cwd: folder,
      env: { PATH: process.env.PATH, ...env },
    });
    return stdout;
  }

  it('migrates as the owner, then serves, sends and re-encrypts as the application, and stops by SIGTERM', async () => {
    expect(await program('migrate.js', { DATABASE_URL: urlAs(`${own}_owner`) })).toContain('Applied migration');
    const env = {
      DATABASE_URL: urlAs(`${own}_app`),
      SECRETS_KEY: randomBytes(32).toString('base64'),
      MIGRATE_ON_START: 'false',
      // A stop may take 10 s longer: also a busy machine then ends it in time.
      DELIVERY_TIMEOUT_MS: '60000',
      // Nothing can make it.
      DATA_DIR: join(folder, 'data/docmap'),
    };
    const receiver = await stage.receiver();
    const script = join(folder, 'dist/bundle/main.js');
    const database = { env: { ...env, DATA_DIR: folder }, drop: async () => undefined };
    const server = await stage.start(database, { DATA_DIR: env.DATA_DIR }, { script, launcher });

    for (const path of [
      '/docs',
      '/docs/swagger-ui-bundle.js',
      '/docs/swagger-ui.css',
      '/docs/receiving-webhooks.md',
      '/docs/receivers/verifying.md',
      '/docs/ko/receivers/verifying.md',
      '/openapi.json',
      '/health/ready',
    ]) {
      expect([path, (await fetch(server.url + path)).status]).toEqual([path, 200]);
    }
    await server.api.createWebhook(receiver.url);
    await server.api.publish();
    await receiver.received(1);
    expect(await program('reencrypt-secrets.js', env)).toContain('already under the new key 1, unreadable 0');

    // Debian's `unshare` passes no signals on: a runtime of containers sends them to process 1 itself.
    const children = readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8').trim();
    const pid = launcher === undefined ? server.pid : Number(children);
    if (isRoot) expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/^NSpid:\t\d+\t1$/m);
    process.kill(pid, 'SIGTERM');
    const exit = await server.exited;
    // The output says why a stop has failed.
    expect({ ...exit, output: exit.code === 0 ? [] : server.output }).toEqual({ code: 0, signal: null, output: [] });
  });

  it('also contains what the embedded database needs', async () => {
    const data = mkdtempSync(join(tmpdir(), 'docmap-test-data-'));
    chmodSync(data, 0o777);
    try {
      const DATA_DIR = join(data, 'docmap');
      expect(await program('migrate.js', { DATA_DIR })).toContain(
        `The embedded database in ${DATA_DIR} is up to date.`,
      );
    } finally {
      rmSync(data, { recursive: true });
    }
  });

  it('has an SBOM with exactly the packages of its notices, each with a checksum and a licence', () => {
    const [sbom, notices] = ['sbom.cdx.json', 'dist/bundle/THIRD-PARTY-NOTICES.txt'].map((path) =>
      readFileSync(join(folder, path), 'utf8'),
    );
    const { metadata, components } = JSON.parse(sbom!) as {
      metadata: { component: object };
      components: { name: string; version: string; purl: string; hashes: object[]; licenses: object[] }[];
    };
    expect(metadata.component).toMatchObject({ name: 'docmap-webhooks', type: 'application' });
    const listed = components.map(({ name, version }) => `${name}@${version}`);
    expect(listed.sort()).toEqual([...noticedPackages(notices!)].sort());
    expect(listed.join()).toMatch(/pg@.*prom-client@.*swagger-ui-dist@/);
    for (const { hashes, licenses, purl } of components) {
      expect([purl, hashes?.length, licenses?.length]).toEqual([expect.stringMatching(/^pkg:npm\//), 1, 1]);
    }
  });

  it('has no scripts and no packages of development', () => {
    const files = execFileSync('find', [folder, '-name', 'package.json', '-o', '-name', '*.ts'], { encoding: 'utf8' });
    expect(files).not.toMatch(/\.ts$|\/(jest|typescript|@scarf)\//m);
    expect(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))).not.toHaveProperty('scripts');
  });
});
