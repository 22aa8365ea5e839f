import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { folderOf } from './suite-folder.cjs';

/** Entries of selections.mjs, where a project has a selection. */
declare const TEST_SELECTION: readonly string[] | undefined;

const END_TO_END = join(import.meta.dirname, '../e2e');
const SPEC = /(?:\.e2e-|\.)spec\.ts$/;

/**
 * Runs the specs of a folder in one module registry, in alphabetical order. The application then loads once for each folder
 * instead of once for each spec, which would take longer than most specs. Each end-to-end spec has its own application,
 * database and users.
 *
 * @param suite the path of the suite, which names the folder: see suite-folder.cjs
 */
export async function importSpecs(suite: string): Promise<void> {
  const folder = folderOf(suite);
  const specs = readdirSync(folder).filter((file) => SPEC.test(file));
  if (specs.length === 0) throw new Error(`${folder} holds no specs`);
  for (const spec of specs.map((file) => join(folder, file)).filter(isSelected)) await import(spec);
}

function isSelected(path: string): boolean {
  if (typeof TEST_SELECTION === 'undefined') return true;
  const spec = relative(END_TO_END, path).replace(SPEC, '');
  return TEST_SELECTION.some((entry) => (entry.endsWith('/') ? spec.startsWith(entry) : spec === entry));
}
