import { describe, expect, it } from '@jest/globals';
import { dependencyFaults, type Lock, type Manifest } from './dependency-faults.js';

const MANIFEST: Manifest = {
  dependencies: { server: '^1.0.0' },
  devDependencies: { tool: '^2.0.0' },
  overrides: { server: { parser: '^3.0.0' } },
  allowScripts: { tool: false },
};

const LOCK: Lock = {
  packages: {
    '': {},
    'node_modules/server': { version: '1.0.1', license: 'MIT', integrity: 'sha512-a' },
    'node_modules/tool': { version: '2.0.2', license: 'ISC', integrity: 'sha512-b', hasInstallScript: true, dev: true },
    'node_modules/parser': {
      version: '3.0.3',
      license: 'MIT',
      integrity: 'sha512-c',
      resolved: 'https://registry.npmjs.org/parser/-/parser-3.0.3.tgz',
    },
  },
};

const DOCUMENT = `# Dependencies
## Dependencies

| package | what for |
| --- | --- |
| \`server\` | serving |

## Development dependencies

| package | what for |
| --- | --- |
| \`tool\` | tooling |

## Overrides

| package | why |
| --- | --- |
| \`parser\` | so |

## Install scripts

| package | what |
| --- | --- |
| \`tool\` | greets |
`;

function locking(path: string, entry: Lock['packages'][string]): Lock {
  return { packages: { ...LOCK.packages, [path]: { ...LOCK.packages[path], ...entry } } };
}

const without = (row: string): string =>
  DOCUMENT.split('\n')
    .filter((line) => !line.startsWith(row))
    .join('\n');

describe('dependencyFaults', () => {
  it('finds nothing when package.json, lock file and document agree', () => {
    expect(dependencyFaults(MANIFEST, LOCK, DOCUMENT)).toEqual([]);
  });

  const added = (group: 'dependencies' | 'devDependencies'): Manifest => ({
    ...MANIFEST,
    [group]: { ...MANIFEST[group], extra: '^1.0.0' },
  });

  it('accepts a row of the service when its package is a development dependency', () => {
    const manifest = {
      ...MANIFEST,
      dependencies: {},
      devDependencies: { ...MANIFEST.devDependencies, server: '^1.0.0' },
    };
    expect(dependencyFaults(manifest, LOCK, DOCUMENT)).toEqual([]);
  });

  it('requires a row among the dependencies when a development dependency is a peer', () => {
    const manifest = { ...MANIFEST, peerDependencies: { tool: '^2.0.0' } };
    expect(dependencyFaults(manifest, LOCK, DOCUMENT)).toEqual([
      'tool is missing in "Dependencies" of the document',
      'tool has no place in "Development dependencies" of the document',
    ]);
  });

  it.each<[fault: string, manifest: Manifest, lock: Lock, document: string, sentences: string[]]>([
    [
      'a dependency without rows',
      added('dependencies'),
      LOCK,
      DOCUMENT,
      ['extra is missing in "Dependencies" of the document'],
    ],
    [
      'a development dependency without rows',
      added('devDependencies'),
      LOCK,
      DOCUMENT,
      ['extra is missing in "Development dependencies" of the document'],
    ],
    [
      'the rows of a removed dependency',
      { ...MANIFEST, dependencies: {} },
      LOCK,
      DOCUMENT,
      ['server has no place in "Dependencies" of the document'],
    ],
    [
      'an override without a row',
      MANIFEST,
      LOCK,
      without('| `parser` | so'),
      ['parser is missing in "Overrides" of the document'],
    ],
    [
      'the rows of a removed override',
      { ...MANIFEST, overrides: {} },
      LOCK,
      DOCUMENT,
      ['parser has no place in "Overrides" of the document'],
    ],
    [
      'an unlisted install script of a nested package',
      MANIFEST,
      locking('node_modules/tool/node_modules/deep', { integrity: 'sha512-d', hasInstallScript: true }),
      DOCUMENT,
      [
        'deep is missing in "Install scripts" of the document',
        'deep is missing in the denied packages of allowScripts in package.json',
      ],
    ],
    [
      'an install script that is not denied',
      { ...MANIFEST, allowScripts: { tool: true } },
      LOCK,
      DOCUMENT,
      ['tool is missing in the denied packages of allowScripts in package.json'],
    ],
    [
      'a package without a checksum',
      MANIFEST,
      locking('node_modules/server', { integrity: undefined }),
      DOCUMENT,
      ['server is locked without a checksum'],
    ],
    [
      'a package of another registry',
      MANIFEST,
      locking('node_modules/server', { resolved: 'https://registry.npmjs.org.example.com/server.tgz' }),
      DOCUMENT,
      ['server is locked to https://registry.npmjs.org.example.com/server.tgz, not to https://registry.npmjs.org/'],
    ],
  ])('finds %s', (_fault, manifest, lock, document, sentences) => {
    expect(dependencyFaults(manifest, lock, document)).toEqual(sentences);
  });
});
