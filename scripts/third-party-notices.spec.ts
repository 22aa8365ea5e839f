import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { noticedPackages, thirdPartyNotices } from './third-party-notices.js';

const MIT = 'MIT License\n\nCopyright (c) 2026 Us\n\nPermission is granted.\n';

describe('noticedPackages', () => {
  it('returns each package of the notices, and nothing from the texts of their licences', () => {
    const text = [
      'This program contains …',
      '@a/b 2.0.0\nLicence: ISC\n\nzebra 1.0.0\nLicence: MIT',
      'z 1.0.0\nLicence: MIT\n',
    ];
    expect([...noticedPackages(text.join(`\n\n${'-'.repeat(80)}\n\n`))]).toEqual(['@a/b@2.0.0', 'z@1.0.0']);
  });
});

describe('thirdPartyNotices', () => {
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'docmap-test-notices-'));
  });

  afterEach(() => rm(root, { recursive: true, force: true }));

  /** Installs a package and returns the path of its module. */
  async function install(path: string, manifest: object, files: Record<string, string> = {}): Promise<string> {
    const folder = join(root, 'node_modules', path);
    await mkdir(join(folder, 'lib'), { recursive: true });
    await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
    await writeFile(join(folder, 'lib/index.js'), '');
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    return join(folder, 'lib/index.js');
  }

  it('returns each package once, with its version, its licence and all texts of its licence', async () => {
    const one = await install(
      'zebra',
      { name: 'zebra', version: '1.0.0', license: 'Apache-2.0' },
      { LICENSE: 'Apache text\n', NOTICE: 'Made by Z.\n', 'index.txt': 'no licence' },
    );
    const two = await install('@a/b', { name: '@a/b', version: '2.0.0', license: 'ISC' }, { 'license.md': 'ISC text' });
    const nested = await install(
      '@a/b/node_modules/zebra',
      { name: 'zebra', version: '3.0.0', license: 'MIT' },
      { 'LICENCE.txt': 'MIT text' },
    );
    const own = join(root, 'src/main.js');
    expect(thirdPartyNotices([one, own, two, one.replace('index', 'other'), nested], MIT)).toBe(
      [
        'This program contains the following packages.',
        '@a/b 2.0.0\nLicence: ISC\n\nISC text',
        'zebra 1.0.0\nLicence: Apache-2.0\n\nApache text\n\nMade by Z.',
        'zebra 3.0.0\nLicence: MIT\n\nMIT text\n',
      ].join(`\n\n${'-'.repeat(80)}\n\n`),
    );
  });

  it('returns the text of MIT with the name of the author when the package holds none', async () => {
    const id = await install('a', { name: 'a', version: '1.0.0', license: 'MIT', author: { name: 'Ada' } });
    expect(thirdPartyNotices([id], MIT)).toContain(
      'a 1.0.0\nLicence: MIT\n\nMIT License\n\nCopyright (c) Ada\n\nPermission is granted.',
    );
  });

  it.each([
    ['names no licence', {}, 'a 1.0.0 names no licence'],
    ['holds no text of another licence', { license: 'ISC', author: 'Ada' }, 'a 1.0.0 holds no text of its licence'],
    ['holds no text and names no author', { license: 'MIT' }, 'a 1.0.0 holds no text of its licence'],
  ])('throws when a package %s', async (_what, manifest, message) => {
    const id = await install('a', { name: 'a', version: '1.0.0', ...manifest });
    expect(() => thirdPartyNotices([id], MIT)).toThrow(message);
  });
});
