import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const ROOT = join(import.meta.dirname, '../..');
const DOCUMENT = 'docs/security.md';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const text = read(DOCUMENT).replace(/\s+/g, ' ');

/** The matches of the pattern's first group in the document, without duplicates. */
function named(pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map(([, found = '']) => found))];
}

describe('docs/security.md', () => {
  it('names files that exist', () => {
    const paths = named(/`((?:src|test|docs)\/[\w./-]+|\.ci\/run)`/g);
    expect(paths.length).toBeGreaterThan(50);
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('names the specs of its defences', () => {
    expect(named(/`([\w./-]+spec\.ts)`/g).length).toBeGreaterThan(50);
  });

  it('names commands that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const commands = named(/`npm run ([\w:]+)`/g);
    expect(commands.length).toBeGreaterThan(2);
    expect(commands.filter((command) => !(command in scripts))).toEqual([]);
  });

  it('names settings that exist', () => {
    const rules = read('src/config/environment.ts');
    const settings = named(/`([A-Z]+(?:_[A-Z]+)+)`/g).filter((name) => !name.startsWith('NODE_'));
    expect(settings.length).toBeGreaterThan(10);
    expect(settings.filter((name) => !rules.includes(`${name} `) && !rules.includes(`${name}:`))).toEqual([]);
  });

  it.each([DOCUMENT, 'SECURITY.md'])('%s links to files and headings that exist', (document) => {
    const links = [...read(document).matchAll(/\]\(((?!https:)[^)]+)\)/g)].map(([, link = '']) => link);
    expect(links.length).toBeGreaterThan(0);
    expect(links.filter((link) => !leadsSomewhere(document, link))).toEqual([]);
  });
});

function leadsSomewhere(document: string, link: string): boolean {
  const [path = '', heading] = link.split('#');
  const target = path === '' ? document : join(dirname(document), path);
  if (!existsSync(join(ROOT, target))) return false;
  return heading === undefined || anchorsOf(target).includes(heading);
}

/** The anchors that GitHub creates for headings. */
function anchorsOf(document: string): string[] {
  return [...read(document).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}
