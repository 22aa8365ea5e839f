import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/**
 * Packages that the bundles load from `node_modules`. The embedded database reads its WebAssembly from its own folder. Tools
 * that instrument `pg` need it as a package. The page `/docs` reads the files of Swagger UI.
 */
export const EXTERNAL_PACKAGES = ['@electric-sql/pglite', 'pg', 'swagger-ui-dist'] as const;

/** A dependency of `swagger-ui-dist` that only reports installations. Its install script is denied. No program loads it. */
const NOT_LOADED = new Set(['@scarf/scarf']);

interface Manifest {
  dependencies?: Record<string, string>;
}

/**
 * The folders of packages and of their dependencies, found in the way of Node.js.
 *
 * @param root the folder that contains `node_modules`
 * @throws Error if a package is not installed
 */
export function installedFolders(names: readonly string[], root: string): string[] {
  const found = new Set<string>();
  const visit = (name: string, from: string): void => {
    const folder = installedFolder(name, from);
    if (found.has(folder) || NOT_LOADED.has(name)) return;
    found.add(folder);
    const { dependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
    for (const dependency of Object.keys(dependencies)) visit(dependency, folder);
  };
  for (const name of names) visit(name, resolve(root));
  return [...found];
}

function installedFolder(name: string, from: string): string {
  const folder = join(from, 'node_modules', name);
  if (existsSync(join(folder, 'package.json'))) return folder;
  if (dirname(from) === from) throw new Error(`${name} is not installed: run "npm ci"`);
  return installedFolder(name, dirname(from));
}
