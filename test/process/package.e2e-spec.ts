import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emptyServerDatabase } from './support/empty-database.js';
import { testExamples } from './support/example-tests.js';
import { Host, hasRegistry, pack, type Packed } from './support/host.js';
import { describeOnServer } from './support/kinds.js';

jest.setTimeout(180_000);

const MAX_BYTES = 3_000_000;
const NEST = ['@nestjs/common', '@nestjs/core', '@nestjs/platform-express'];
/** The other packages that the examples use. */
const OF_EXAMPLES = ['@nestjs/config', '@nestjs/jwt', '@nestjs/platform-fastify', '@nestjs/testing', '@fastify/static'];
const ANSWERS = {
  ownWithinItsRule: 201,
  ownAgainstItsRule: 400,
  webhook: 200,
  webhookWithUnknownEvent: 400,
  deliveries: 1,
};

let directory: string;
let packed: Packed;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'docmap-packed-'));
  packed = await pack(directory);
});

afterAll(() => rm(directory, { recursive: true, force: true }));

describe('The package', () => {
  it('contains the files that applications need, and no others', () => {
    const allowed =
      /^(package\.json|README(?:\.ko)?\.md|CHANGELOG\.md|LICENSE|dist\/(embedded|testing)-database\.br|dist\/lib\/THIRD-PARTY-NOTICES\.txt|dist\/lib\/[\w./-]+\.(js|d\.ts)|prisma\/migrations\/[\w./-]+)$/;
    const paths = packed.files.map(({ path }) => path);
    expect(paths.filter((path) => !allowed.test(path))).toEqual([]);
    expect(paths.filter((path) => /\.spec\.|\/main\.|\.map$/.test(path))).toEqual([]);
    for (const path of [
      'dist/lib/index.js',
      'dist/lib/index.d.ts',
      'dist/lib/testing.js',
      'dist/lib/testing/index.d.ts',
      'dist/lib/verify.js',
      'dist/lib/verify/index.d.ts',
      'dist/embedded-database.br',
      'dist/testing-database.br',
      'LICENSE',
      'CHANGELOG.md',
    ]) {
      expect(paths).toContain(path);
    }
  });

  it('is smaller than 3 MB', () => {
    expect(packed.size).toBeLessThan(MAX_BYTES);
  });
});

(hasRegistry ? describe : describe.skip)('A receiver that installs the package', () => {
  let host: Host;

  beforeAll(async () => {
    host = await Host.create();
    await host.install('--omit=peer', packed.file);
  });

  afterAll(() => host.remove());

  it('signs, verifies and has the command line without Nest', async () => {
    const verified = `import('docmap-webhooks/verify').then(({ signWebhook, verifyWebhook }) => {
      const secret = '0123456789abcdef'.repeat(4);
      const { body, headers } = signWebhook({ type: 'extraction.completed', data: { id: 'extract-1' } }, secret);
      return verifyWebhook(body, headers, secret).data;
    })`;
    await expect(host.evaluate(verified)).resolves.toEqual({ id: 'extract-1' });
    await expect(host.evaluate(`import('@nestjs/common').catch((e) => e.code)`)).resolves.toBe('ERR_MODULE_NOT_FOUND');
    const program = 'node_modules/docmap-webhooks/dist/lib/cli.js';
    await expect(host.node([program, 'trigger', '--help'])).resolves.toContain('docmap-webhooks trigger');
  });
});

(hasRegistry ? describeOnServer : describe.skip)('An application that installs the package', () => {
  let host: Host;
  let database: Awaited<ReturnType<typeof emptyServerDatabase>>;

  const runApp = async (env: Record<string, string> = {}) =>
    JSON.parse(await host.node(['app.js'], { HOST_DATA_DIR: join(host.directory, 'data'), ...env })) as unknown;

  beforeAll(async () => {
    database = await emptyServerDatabase();
    host = await Host.create();
    // Another version of Prisma than the package's, and neither Fastify nor PGlite.
    await host.install(packed.file, ...NEST, '@prisma/client@6.19');
    await host.compile('--module', 'nodenext');
  });

  afterAll(async () => {
    await host.remove();
    await database.drop();
  });

  it('imports and requires the same module', async () => {
    await expect(
      host.evaluate(
        `import('docmap-webhooks').then((m) => m.EventsService === require('docmap-webhooks').EventsService)`,
      ),
    ).resolves.toBe(true);
  });

  it('reaches no file that is not exported', async () => {
    await expect(host.evaluate(`import('docmap-webhooks/dist/lib/index.js').catch((e) => e.code)`)).resolves.toBe(
      'ERR_PACKAGE_PATH_NOT_EXPORTED',
    );
    await expect(host.evaluate(`require('docmap-webhooks/package.json').name`)).resolves.toBe('docmap-webhooks');
  });

  it('finds the types as a bundler does', async () => {
    await expect(host.compile('--noEmit', '--module', 'esnext', '--moduleResolution', 'bundler')).resolves.toBe('');
  });

  it('keeps its own version of Prisma', async () => {
    const versions = `['.', './node_modules/docmap-webhooks'].map((path) =>
      require(require.resolve('@prisma/client/package.json', { paths: [path] })).version)`;
    await expect(host.evaluate(versions)).resolves.toEqual([
      expect.stringMatching(/^6\.19\./),
      expect.stringMatching(/^7\.10\./),
    ]);
  });

  it('runs on PostgreSQL and Express, with its own rules for a class of the same name', async () => {
    await expect(runApp({ HOST_DATABASE_URL: database.url })).resolves.toEqual(ANSWERS);
  });

  it('names the missing package when it uses the embedded database without PGlite', async () => {
    await expect(runApp()).rejects.toThrow(
      /DatabaseStartError: The embedded database needs the package "@electric-sql\/pglite"/,
    );
  });

  it('runs on the embedded database when PGlite is installed', async () => {
    await host.install('@electric-sql/pglite@0.4', ...OF_EXAMPLES);
    await expect(runApp()).resolves.toEqual(ANSWERS);
  });

  it('compiles the examples', async () => {
    await expect(host.compileExamples()).resolves.toBe('');
  });

  testExamples(() => host);

  it('runs in memory in its own tests, with the classes that it imports from the package', async () => {
    await host.compileFile('testing.ts', '--module', 'nodenext');
    const answers = JSON.parse(await host.node(['testing.js'])) as unknown;
    expect(answers).toEqual({ isSameClass: true, requests: 1, isSigned: true });
  });

  it('reports two copies of Nest when the package is a link to a checkout', async () => {
    await host.linkCheckout();
    await expect(runApp({ HOST_DATABASE_URL: database.url })).rejects.toThrow(
      /TwoNestsError: .*npm install --install-links/,
    );
  });

  it('has one copy of Nest when packages are links to a store', async () => {
    await host.remove();
    host = await Host.create();
    await host.install('--install-strategy=linked', packed.file, ...NEST, 'class-validator', 'reflect-metadata');
    // Nest's own declarations do not find a package there.
    await host.compile('--module', 'nodenext', '--skipLibCheck');
    await expect(runApp({ HOST_DATABASE_URL: database.url, HOST_SCHEMA: 'linked' })).resolves.toEqual(ANSWERS);
  });
});
