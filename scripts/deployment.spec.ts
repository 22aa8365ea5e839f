import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { loadConfig, VARIABLE_NAMES } from '../src/config/environment.js';
import { describeWith } from '../test/e2e/receivers/support/languages.js';
import { NODE_OPTIONS } from './node-options.mjs';

const UNITS = 'deploy/systemd';
const read = (path: string): string => readFileSync(path, 'utf8');
const DEFAULTS = loadConfig({});
/** The longest stop of a process, in seconds: see `limitStop` in src/main.ts. */
const LONGEST_STOP_S = (DEFAULTS.shutdownDelayMs + DEFAULTS.deliveryTimeoutMs + 10_000) / 1_000;
const { version, scripts } = JSON.parse(read('package.json')) as { version: string; scripts: Record<string, string> };

/** The values of a setting of a systemd unit. */
const settings = (text: string, name: string) =>
  [...text.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, v]) => v!);
/** The end of a unit, which protects the system from the process. */
const protections = (text: string) => text.slice(text.indexOf('CapabilityBoundingSet')).split('\n[Install]')[0]!.trim();

/** The files that start programs of the service. */
const STARTERS = [
  'Dockerfile',
  'compose.yaml',
  'deploy/helm/docmap-webhooks/templates/migration-job.yaml',
  ...readdirSync(UNITS).map((unit) => join(UNITS, unit)),
];

describe('Files for deployment', () => {
  it.each(STARTERS)('start programs that the build makes, and scripts that exist: %s', (file) => {
    const built = [...read('scripts/bundle.ts').matchAll(/bundle\('([\w-]+)'/g)].map(([, name]) => name);
    const started = [...read(file).matchAll(/dist\/bundle\/([\w-]+)\.js/g)].map(([, name]) => name);
    expect(started.length).toBeGreaterThan(0);
    expect(built).toEqual(expect.arrayContaining(started));
    const used = [...read(file).matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name);
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(used));
  });
});

describe('The Dockerfile', () => {
  const text = read('Dockerfile').replaceAll('\\\n', '');
  const instruction = (name: string) => text.match(new RegExp(`^${name} (.*)$`, 'm'))![1]!;
  let server: Server | undefined;

  afterEach(() => new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined))));

  it('starts Node.js itself, with the options of npm start', () => {
    expect(JSON.parse(instruction('ENTRYPOINT'))).toEqual(['node']);
    expect(JSON.parse(instruction('CMD'))).toEqual([...NODE_OPTIONS, 'dist/bundle/main.js']);
  });

  it('has a user by number who is not root, and the port and variables of the service', () => {
    expect(instruction('USER')).toBe('10001:10001');
    expect(Number(instruction('EXPOSE'))).toBe(DEFAULTS.port);
    const names = [...instruction('ENV').matchAll(/(\w+)=/g)].map(([, name]) => name);
    expect(VARIABLE_NAMES).toEqual(expect.arrayContaining(names));
  });

  it('uses a release of Node.js whose line runs in continuous integration', () => {
    const [, line] = /^NODE_IMAGE=node:(\d+)\.\d+\.\d+-/.exec(instruction('ARG'))!;
    expect(/test:node -- --demo ([\d ]+)/.exec(read('.ci/run'))![1]!.split(' ')).toContain(line);
  });

  it.each([
    ['0 when /health answers 200', 200, 0],
    ['1 when /health answers 503', 503, 1],
    ['1 when nothing answers', undefined, 1],
  ])('has a health check that ends with %s', async (_what, status, expected) => {
    const paths: (string | undefined)[] = [];
    server = createServer((request, response) => {
      paths.push(request.url);
      response.writeHead(status!).end();
    });
    const { port } = await new Promise<AddressInfo>((resolve) => {
      server!.listen(0, '127.0.0.1', () => resolve(server!.address() as AddressInfo));
    });
    if (status === undefined) await new Promise((resolve) => server!.close(resolve));
    const [, command] = /CMD (\[.*\])/.exec(instruction('HEALTHCHECK'))!;
    const [program, ...args] = JSON.parse(command!) as [string, ...string[]];
    expect(program).toBe('node');
    const code = await new Promise((resolve) => {
      execFile(process.execPath, args, { env: { PORT: String(port) } }, (error) => resolve(error?.code ?? 0));
    });
    expect([code, paths]).toEqual([expected, status === undefined ? [] : ['/health']]);
    if (status === undefined) server = undefined;
  });
});

describe('compose.yaml', () => {
  interface Service {
    image: string;
    command?: string[];
    environment?: Record<string, string>;
    stop_grace_period?: string;
    volumes?: string[];
    ports?: string[];
    deploy?: { replicas: number };
    read_only?: boolean;
  }
  const { services } = parse(read('compose.yaml'), { merge: true }) as { services: Record<string, Service> };
  const ours = ['migrate', 'api', 'dispatcher'].map((name) => services[name]!);

  it('runs PostgreSQL, a migration, the API, two dispatchers, Prometheus and Grafana', () => {
    expect(Object.keys(services)).toEqual(['postgres', 'migrate', 'api', 'dispatcher', 'prometheus', 'grafana']);
    expect(services.dispatcher!.deploy!.replicas).toBe(2);
  });

  it('sets variables that the service, libpq or the set-up of PostgreSQL reads', () => {
    for (const { environment = {}, image, read_only: isReadOnly } of ours) {
      const unknown = Object.keys(environment).filter((name) => !VARIABLE_NAMES.includes(name));
      expect(unknown).toEqual(['PGPASSWORD']);
      expect(image).toBe(`docmap-webhooks:\${DOCMAP_VERSION:-${version}}`);
      expect(isReadOnly).toBe(true);
    }
    const [, ...given] = Object.keys(services.postgres!.environment!);
    expect([...read('deploy/postgres/roles.sql').matchAll(/^\\getenv \w+ (\w+)$/gm)].map(([, name]) => name)).toEqual(
      given,
    );
  });

  it('gives the owner of the tables to the migration only', () => {
    const users = ours.map(({ environment }) => new URL(environment!.DATABASE_URL!).username);
    expect(users).toEqual(['docmap_owner', 'docmap_app', 'docmap_app']);
    expect(ours.slice(1).map(({ environment }) => environment!.MIGRATE_ON_START)).toEqual(['false', 'false']);
  });

  it('waits for the end of a stop', () => {
    for (const { stop_grace_period: period } of ours)
      expect(Number(period!.replace(/s$/, ''))).toBeGreaterThan(LONGEST_STOP_S);
  });

  it('mounts files that exist, and names every variable in its documentation', () => {
    const mounted = Object.values(services).flatMap(({ volumes = [] }) =>
      volumes.map((volume) => volume.split(':')[0]!),
    );
    expect(mounted.filter((path) => path.startsWith('.') && !existsSync(path))).toEqual([]);
    const used = [...read('compose.yaml').matchAll(/\$\{(\w+)/g)].map(([, name]) => name!);
    const documented = read('docs/operating.md');
    expect(used.filter((name) => !documented.includes(`\`${name}\``) && !documented.includes(`${name}=`))).toEqual([]);
  });

  it('has the API and the dispatchers scraped at the port of the service', () => {
    expect(services.api!.ports).toEqual([`127.0.0.1:3000:${DEFAULTS.port}`]);
    const { scrape_configs: jobs } = parse(read('deploy/prometheus/prometheus.yml')) as {
      scrape_configs: { dns_sd_configs: object[] }[];
    };
    expect(jobs[0]!.dns_sd_configs).toEqual([{ names: ['api', 'dispatcher'], type: 'A', port: DEFAULTS.port }]);
  });
});

describe('The systemd units', () => {
  const service = read(join(UNITS, 'docmap-webhooks@.service'));
  const migration = read(join(UNITS, 'docmap-webhooks-migrate.service'));

  it('start Node.js with the options of npm start, and wait for the end of a stop', () => {
    const [command] = settings(service, 'ExecStart');
    expect(command!.split(' ').slice(1)).toEqual([...NODE_OPTIONS, '/opt/docmap-webhooks/dist/bundle/main.js']);
    expect(Number(settings(service, 'TimeoutStopSec')[0]!.replace(/s$/, ''))).toBeGreaterThan(LONGEST_STOP_S);
  });

  it('set variables that the service knows', () => {
    const names = settings(service, 'Environment').map((setting) => setting.split('=')[0]!);
    expect(VARIABLE_NAMES).toEqual(expect.arrayContaining(names));
  });

  it('read the secrets of the owner for the migration only, and share all protections', () => {
    expect(settings(service, 'EnvironmentFile')).toEqual([
      '/etc/docmap-webhooks/common.env',
      '/etc/docmap-webhooks/%i.env',
    ]);
    expect(settings(migration, 'EnvironmentFile')).toEqual(['/etc/docmap-webhooks/owner.env']);
    expect(protections(migration)).toBe(protections(service));
  });
});

describeWith('systemd-analyze')('systemd-analyze', () => {
  it.each(readdirSync(UNITS))('verifies %s, and finds it well protected', (unit) => {
    const folder = mkdtempSync(join(tmpdir(), 'docmap-test-units-'));
    try {
      const path = join(folder, unit);
      // It checks that the program exists, which is elsewhere on the machine of this test.
      writeFileSync(path, read(join(UNITS, unit)).replace('/usr/bin/node', process.execPath));
      const analyze = (...args: string[]) => spawnSync('systemd-analyze', [...args, path], { encoding: 'utf8' });
      expect(analyze('verify', '--man=no')).toMatchObject({ status: 0, stderr: '' });
      // Exposure in tenths: 96 without protections. Below 20 is "OK".
      expect(analyze('security', '--offline=true', '--threshold=20')).toMatchObject({ status: 0 });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describeWith('promtool')('promtool', () => {
  it('accepts the configuration of Prometheus', () => {
    const check = spawnSync('promtool', ['check', 'config', 'deploy/prometheus/prometheus.yml'], { encoding: 'utf8' });
    expect(check).toMatchObject({ status: 0 });
  });
});
