import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newDatabase, type TestDatabase } from '../support/database.js';
import { Receiver } from '../support/receiver.js';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';

const ROOT = join(import.meta.dirname, '../..');
const PACKAGES = join(ROOT, 'node_modules');
const FLOWS = join(ROOT, 'test/support/client-flows');
const DOCUMENT = join(ROOT, 'openapi.json');

/** A project with TypeScript's strict rules, as users of such clients have. */
const TSCONFIG = {
  compilerOptions: {
    target: 'es2022',
    module: 'esnext',
    moduleResolution: 'bundler',
    lib: ['es2022', 'dom', 'dom.iterable'],
    types: ['node'],
    strict: true,
    noUncheckedIndexedAccess: true,
    noEmit: true,
    skipLibCheck: true,
  },
};

describe('Clients that are generated from the OpenAPI document', () => {
  let folder: string;
  let database: TestDatabase;
  let server: ServerProcess;
  let receiver: Receiver;

  /** Runs a program of an installed package. A failure throws its output. */
  async function run(program: string, ...args: string[]): Promise<void> {
    const env = { ...process.env, NODE_OPTIONS: '' };
    await promisify(execFile)(process.execPath, [join(PACKAGES, program), ...args], { cwd: folder, env }).catch(
      (error: { stdout: string; stderr: string }) => {
        throw new Error(`${program} failed:\n${error.stdout}${error.stderr}`);
      },
    );
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'docmap-test-clients-'));
    symlinkSync(PACKAGES, join(folder, 'node_modules'));
    database = await newDatabase();
    server = await startServerProcess({ database });
    receiver = await Receiver.start();
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG));
    const output = { client: 'fetch', target: 'orval/api.ts', baseUrl: server.url };
    writeFileSync(
      join(folder, 'orval.config.cjs'),
      `module.exports = ${JSON.stringify({ api: { input: DOCUMENT, output } })}`,
    );
    for (const name of readdirSync(FLOWS)) copyFileSync(join(FLOWS, name), join(folder, name.replace(/\.txt$/, '')));
    await Promise.all([
      run('openapi-typescript/bin/cli.js', DOCUMENT, '--output', 'openapi-fetch/schema.d.ts'),
      run('@hey-api/openapi-ts/bin/run.js', '--input', DOCUMENT, '--output', 'hey-api', '--no-log-file'),
      run('orval/dist/bin/orval.js', '--config', 'orval.config.cjs'),
    ]);
  }, 60_000);

  afterAll(async () => {
    await server?.kill('SIGTERM');
    await receiver?.close();
    await database?.drop();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  it('compile, open for later values of answers and closed for wrong values of requests', async () => {
    await expect(run('typescript/bin/tsc')).resolves.toBeUndefined();
  }, 60_000);

  it.each(['openapi-fetch', 'hey-api', 'orval'])('run the whole flow against the service: %s', async (client) => {
    const before = receiver.requests.length;
    await run('tsx/dist/cli.mjs', `${client}.ts`, server.url, server.api.key, receiver.url);
    expect(receiver.requests.length).toBeGreaterThan(before);
  });
});
