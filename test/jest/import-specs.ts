import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Entries of selections.mjs, where a project has a selection. */
declare const TEST_SELECTION: readonly string[] | undefined;

const END_TO_END = join(import.meta.dirname, '../e2e');
const ENDING = '.e2e-spec.ts';

/**
 * Runs the specs of a folder in one module registry, in alphabetical order. The application then loads once for each folder
 * instead of once for each spec, which would take longer than most specs. Each spec has its own application, database and
 * users.
 *
 * @param suite the path of `<folder>.suite.ts`; `root.suite.ts` is for the specs next to it
 */
export async function importSpecs(suite: string): Promise<void> {
  const name = basename(suite, '.suite.ts');
  const folder = name === 'root' ? '' : `${name}/`;
  const specs = readdirSync(join(END_TO_END, folder))
    .filter((file) => file.endsWith(ENDING))
    .map((file) => folder + file.slice(0, -ENDING.length));
  if (specs.length === 0) throw new Error(`test/e2e/${folder} holds no specs`);
  for (const spec of specs.filter(isSelected)) await import(join(END_TO_END, `${spec}${ENDING}`));
}

function isSelected(spec: string): boolean {
  if (typeof TEST_SELECTION === 'undefined') return true;
  return TEST_SELECTION.some((entry) => (entry.endsWith('/') ? spec.startsWith(entry) : spec === entry));
}
