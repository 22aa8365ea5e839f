import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Runs all specs of a folder in one module registry. Loading the application takes seconds, and most specs less: in a
 * run of everything it is loaded once a folder instead of once a file. Every spec still has an application, a database
 * and users of its own.
 */
export async function importSpecs(folder: string): Promise<void> {
  const specs = readdirSync(folder).filter((name) => name.endsWith('.e2e-spec.ts'));
  if (specs.length === 0) throw new Error(`${folder} holds no specs`);
  for (const spec of specs.toSorted()) await import(join(folder, spec));
}
