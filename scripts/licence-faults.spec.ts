import { describe, expect, it } from '@jest/globals';
import type { LockEntry } from './dependency-faults.js';
import { licenceFaults } from './licence-faults.js';

const DOCUMENT = `# Dependencies
## Licences

| licence | allowed in |
| --- | --- |
| MIT | the service |
| ISC | the service |
| EPL-2.0 | tools |

### Licences judged by hand

| package | licence |
| --- | --- |
| \`odd\` | MIT and ISC |
| \`silent\` | not named |
`;

const JUDGED = { 'node_modules/odd': { license: 'MIT and ISC' }, 'node_modules/silent': {} };

const faultsOf = (packages: Record<string, LockEntry>): string[] =>
  licenceFaults({ packages: { '': {}, ...JUDGED, ...packages } }, DOCUMENT);

describe('licenceFaults', () => {
  it.each<[string, LockEntry]>([
    ['MIT', {}],
    ['(MIT OR GPL-3.0-only)', {}],
    ['MIT AND ISC', {}],
    ['EPL-2.0', { dev: true }],
  ])('allows %s', (license, entry) => {
    expect(faultsOf({ 'node_modules/a': { license, ...entry } })).toEqual([]);
  });

  it.each<[string, LockEntry, string]>([
    ['GPL-3.0-only', {}, 'the service'],
    ['GPL-3.0-only', { dev: true }, 'tools'],
    ['MIT AND GPL-3.0-only', {}, 'the service'],
    ['EPL-2.0', {}, 'the service'],
    ['SEE LICENSE IN LICENSE.md', {}, 'the service'],
    ['UNLICENSED', {}, 'the service'],
    ['MIT and ISC', {}, 'the service'],
  ])('refuses %s with %j', (license, entry, where) => {
    expect(faultsOf({ 'node_modules/x/node_modules/@a/b': { license, ...entry } })).toEqual([
      `@a/b has the licence ${license}, which is not allowed in ${where}`,
    ]);
  });

  it('refuses a licence for tools when the built service contains the package', () => {
    const packages = {
      ...JUDGED,
      'node_modules/server': { license: 'MIT', dev: true, dependencies: { parser: '^1.0.0' } },
      'node_modules/parser': { license: 'MIT', dev: true },
      'node_modules/server/node_modules/parser': { license: 'EPL-2.0', dev: true },
    };
    const document = `${DOCUMENT}\n## Dependencies\n\n| package |\n| --- |\n| \`server\` |\n`;
    expect(licenceFaults({ packages }, document)).toEqual([
      'parser has the licence EPL-2.0, which is not allowed in the service',
    ]);
  });

  it('refuses a package when it names no licence', () => {
    expect(faultsOf({ 'node_modules/a': {} })).toEqual(['a names no licence']);
  });

  it('refuses a row when no package needs it', () => {
    expect(faultsOf({ 'node_modules/odd': { license: 'MIT' } })).toEqual([
      'the licence of odd is no longer MIT and ISC: remove its row',
    ]);
    expect(faultsOf({ 'node_modules/silent': { license: 'MIT' } })).toEqual([
      'the licence of silent is no longer not named: remove its row',
    ]);
  });
});
