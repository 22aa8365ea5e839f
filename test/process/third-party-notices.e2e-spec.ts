import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';

const BUNDLE = new URL('../../dist/bundle/', import.meta.url);

describe('The notices next to the bundle', () => {
  it('name every package that the source map finds in the bundle', async () => {
    const { sources } = JSON.parse(await readFile(new URL('main.js.map', BUNDLE), 'utf8')) as { sources: string[] };
    const folders = new Set(sources.flatMap((path) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []));
    expect(folders.size).toBeGreaterThan(100);
    const notices = await readFile(new URL('THIRD-PARTY-NOTICES.txt', BUNDLE), 'utf8');
    // Its part is the template of the embedded database.
    expect(notices).toContain('\n@electric-sql/pglite ');
    for (const folder of folders) {
      const manifest = JSON.parse(await readFile(new URL(`${folder}/package.json`, BUNDLE), 'utf8')) as {
        name: string;
        version: string;
      };
      expect(notices).toContain(`\n${manifest.name} ${manifest.version}\nLicence: `);
    }
  });
});
