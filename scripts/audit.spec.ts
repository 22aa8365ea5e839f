import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { signaturesVerdict, vulnerabilitiesVerdict } from './audit-verdict.js';

const ADVISORY = {
  id: 1,
  url: 'https://github.com/advisories/GHSA-aaaa-bbbb-cccc',
  title: 'Opens the door',
  vulnerable_versions: '<2.0.0',
};

const LOCK = {
  name: 'audited',
  lockfileVersion: 3,
  packages: {
    '': { dependencies: { door: '^1.0.0' } },
    'node_modules/door': { version: '1.0.0', integrity: 'sha512-a' },
  },
};

/** A registry with one package, `door`, and one advisory for it. */
const registryWith =
  (severity: string): RequestListener =>
  (request, response) => {
    const advises = request.method === 'POST' && request.url === '/-/npm/v1/security/advisories/bulk';
    const packument = { name: 'door', versions: { '1.0.0': { name: 'door', version: '1.0.0' } } };
    request.resume().on('end', () => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(advises ? { door: [{ ...ADVISORY, severity }] } : packument));
    });
  };

const refusing: RequestListener = (request, response) => {
  request.resume().on('end', () => response.writeHead(405).end());
};

describe('npm run check:vulnerabilities', () => {
  let project: string;
  let registry: Server | undefined;

  beforeEach(async () => {
    project = await mkdtemp(join(tmpdir(), 'docmap-test-audited-'));
    await mkdir(join(project, 'docs'));
    await writeFile(join(project, 'docs/dependencies.md'), '');
    await writeFile(join(project, 'package.json'), JSON.stringify(LOCK.packages['']));
    await writeFile(join(project, 'package-lock.json'), JSON.stringify(LOCK));
  });

  afterEach(async () => {
    registry?.closeAllConnections();
    registry?.close();
    registry = undefined;
    await rm(project, { recursive: true });
  });

  async function listen(listener: RequestListener): Promise<string> {
    registry = createServer(listener).listen(0, '127.0.0.1');
    await once(registry, 'listening');
    return `http://127.0.0.1:${(registry.address() as AddressInfo).port}/`;
  }

  async function audit(registryUrl: string): Promise<{ code: unknown; output: string }> {
    const options = {
      cwd: project,
      env: { ...process.env, npm_config_registry: registryUrl, npm_config_cache: join(project, 'cache') },
    };
    const script = ['--import', import.meta.resolve('tsx'), resolve('scripts/audit.ts'), 'vulnerabilities'];
    return await new Promise((done) => {
      execFile(process.execPath, script, options, (error, stdout, stderr) =>
        done({ code: error?.code ?? 0, output: stdout + stderr }),
      );
    });
  }

  it('names the package and fails when a package has a high vulnerability', async () => {
    const { code, output } = await audit(await listen(registryWith('high')));

    expect(output).toContain(`Audit of vulnerabilities: failed.`);
    expect(output).toContain(`high: door: Opens the door (${ADVISORY.url})`);
    expect(code).toBe(1);
  });

  it('passes when the document explains the vulnerability', async () => {
    const table = `## Accepted vulnerabilities\n\n| advisory | why |\n| --- | --- |\n| \`GHSA-aaaa-bbbb-cccc\` | no door |\n`;
    await writeFile(join(project, 'docs/dependencies.md'), table);

    const { code, output } = await audit(await listen(registryWith('high')));
    expect(output).toBe('Audit of vulnerabilities: passed.\n');
    expect(code).toBe(0);
  });

  it('prints "skipped" and passes when the registry refuses audits', async () => {
    const { code, output } = await audit(await listen(refusing));

    expect(output).toMatch(/^Audit of vulnerabilities: skipped\.\s+405 /);
    expect(code).toBe(0);
  });

  it('prints "skipped" and passes when no registry answers', async () => {
    const url = await listen(refusing);
    registry!.close();
    await once(registry!, 'close');

    const { code, output } = await audit(url);
    expect(output).toMatch(/^Audit of vulnerabilities: skipped\.\s+.*ECONNREFUSED/);
    expect(code).toBe(0);
  });

  it.each([
    ['critical', 'failed'],
    ['high', 'failed'],
    ['moderate', 'passed'],
    ['low', 'passed'],
  ])('returns for a %s vulnerability: %s', (severity, outcome) => {
    const door = { via: [{ name: 'door', severity, title: ADVISORY.title, url: ADVISORY.url }] };
    const house = { via: ['door'] };

    const verdict = vulnerabilitiesVerdict({ vulnerabilities: { door, house } }, ['GHSA-xxxx-xxxx-xxxx']);
    expect(verdict.outcome).toBe(outcome);
    expect(verdict.lines).toHaveLength(outcome === 'failed' ? 1 : 0);
  });

  it('fails when there is no lock file', () => {
    const failure = { error: { code: 'ENOLOCK', summary: 'This command requires an existing lockfile.' } };

    expect(vulnerabilitiesVerdict(failure, [])).toEqual({ outcome: 'failed', lines: [failure.error.summary] });
  });
});

describe('npm run check:signatures', () => {
  const door = { name: 'door', version: '1.0.0' };

  it('passes when the registry has signed every package', () => {
    expect(signaturesVerdict({ invalid: [], missing: [] })).toEqual({ outcome: 'passed', lines: [] });
  });

  it('fails when a signature is wrong or missing', () => {
    expect(signaturesVerdict({ invalid: [door], missing: [] }).outcome).toBe('failed');
    expect(signaturesVerdict({ invalid: [], missing: [door] }).outcome).toBe('failed');
  });

  it('skips only when the keys are out of reach', () => {
    const unreachable = { error: { code: 'ENOTFOUND', summary: 'getaddrinfo ENOTFOUND tuf-repo-cdn.sigstore.dev' } };

    expect(signaturesVerdict(unreachable)).toEqual({ outcome: 'skipped', lines: [unreachable.error.summary] });
    expect(signaturesVerdict({ error: { code: 'ENOLOCK', summary: 'no lock file' } }).outcome).toBe('failed');
    expect(signaturesVerdict({}).outcome).toBe('failed');
  });
});
