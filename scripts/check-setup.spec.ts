import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

type SetupFault = (
  manifest: object,
  version: string,
  groups: string[],
  isInstalled: (name: string) => boolean,
) => string | undefined;

const { setupFault } = createRequire(import.meta.url)('./check-setup.cjs') as { setupFault: SetupFault };

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };

const MANIFEST = {
  engines: { node: '^20.19.0 || ^22.12.0 || >=24.0.0' },
  dependencies: { server: '1' },
  devDependencies: { tool: '1' },
};
const TOO_OLD = 'DocMap Webhooks needs Node.js 20.19, 22.12 or 24 or newer, and this is';

const without =
  (missing: string) =>
  (name: string): boolean =>
    name !== missing;

const faultOn = (version: string): string | undefined => setupFault(MANIFEST, version, [], () => true);

describe('check-setup', () => {
  it.each(['20.19.0', '20.20.2', '22.12.0', '22.23.5', '24.0.0', '24.22.3', '25.0.0', '26.12.1'])(
    'accepts Node.js %s',
    (version) => expect(faultOn(version)).toBeUndefined(),
  );

  it.each(['12.22.12', '18.20.8', '20.18.3', '21.7.3', '22.11.0', '23.11.1'])('refuses Node.js %s', (version) => {
    expect(faultOn(version)).toBe(`${TOO_OLD} ${version}: install a newer one from https://nodejs.org.`);
  });

  it('requires the packages of the named groups', () => {
    const fault = 'The packages are not installed: run "npm ci", then this again.';
    expect(setupFault(MANIFEST, '24.0.0', ['dependencies'], without('server'))).toBe(fault);
    expect(setupFault(MANIFEST, '24.0.0', ['dependencies'], without('tool'))).toBeUndefined();
    expect(setupFault(MANIFEST, '24.0.0', ['dependencies', 'devDependencies'], without('tool'))).toBe(fault);
  });

  it.each(['start', 'demo', 'bench', 'secrets:reencrypt', 'build', 'jest'])('runs before npm run %s', (name) => {
    expect(scripts[`pre${name}`]).toMatch(/^node scripts\/check-setup\.cjs/);
  });
});

describe('A run of tests', () => {
  it('is started by npm run jest', () => {
    for (const name of ['test', 'test:unit', 'test:slow', 'test:everywhere', 'test:crash', 'test:fuzz', 'test:hostile'])
      expect(scripts[name]).toMatch(/^npm run --silent jest --/);
  });
});

describe('A script of package.json', () => {
  it.each(Object.entries(scripts))('%s runs on every shell: %s', (_name, command) => {
    // No exec, no variable before a command, no single quotes, no path to a program.
    expect(command).not.toMatch(/(^|&& )(exec |\w+=|\.\/)|'|\$|;/);
  });
});
