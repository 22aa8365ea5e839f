import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** The rows of the table under a heading, without its head. */
function tableUnder(heading: string): string[][] {
  const section = read('docs/architecture.md').split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) => row.split('|').slice(1, -1));
}

const codeOf = (cell = ''): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);

describe('docs/architecture.md', () => {
  it('names the file with the handler of every route', () => {
    const fileOf = new Map<string, string>();
    for (const [routes, file] of tableUnder('Routes')) {
      const codes = codeOf(routes);
      const path = codes.map((code) => code.split(' ')[1]).find((path) => path !== undefined);
      for (const code of codes) {
        const [method = '', own = path] = code.split(' ');
        fileOf.set(`${method} ${own}`, codeOf(file)[0] ?? '');
      }
    }
    const { paths } = JSON.parse(read('openapi.json')) as {
      paths: Record<string, Record<string, { operationId: string }>>;
    };
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => ({
        route: `${method.toUpperCase()} ${path}`,
        operationId,
      })),
    );
    expect(operations.length).toBeGreaterThan(20);
    const unnamed = operations.filter(({ route, operationId }) => {
      const file = fileOf.get(route);
      return file === undefined || !read(`src/${file}`).includes(` ${operationId}(`);
    });
    expect(unnamed).toEqual([]);
  });

  it('names existing files for each subject to change', () => {
    const rows = tableUnder('Where to change something');
    expect(rows.length).toBeGreaterThan(15);
    const named = rows.flatMap((cells) => cells.flatMap(codeOf)).filter((code) => code.endsWith('.ts'));
    expect(named.length).toBeGreaterThan(rows.length);
    expect(named.filter((file) => !existsSync(join(ROOT, 'src', file)))).toEqual([]);
  });

  it('has the floors that the check of boundaries enforces', () => {
    const list = /const FLOORS = \[\n(.*?)\n\];/s.exec(read('.dependency-cruiser.mjs'))?.[1] ?? '';
    const enforced = list.split('\n').map((line) => [...line.matchAll(/'(\w+)'/g)].map(([, folder]) => folder));
    expect(enforced.length).toBeGreaterThan(5);
    const floors = tableUnder('Floors');
    expect(floors.map(([floor]) => Number(floor))).toEqual(floors.map((_, index) => floors.length - 1 - index));
    expect(
      floors
        .toReversed()
        .map(([, folders]) => codeOf(folders))
        .map((folders) => new Set(folders)),
    ).toEqual(enforced.map((folders) => new Set(folders)));
  });
});

describe('docs/dispatch.md', () => {
  it('has every file of src/dispatcher, except specs, once in a table', () => {
    const files = readdirSync(join(ROOT, 'src/dispatcher')).filter((name) => /(?<!\.spec)\.ts$/.test(name));
    const links = [...read('docs/dispatch.md').matchAll(/\]\(\.\.\/src\/dispatcher\/([\w.-]+)\)/g)];
    expect(links.map(([, name = '']) => name).toSorted()).toEqual(files.toSorted());
  });
});
