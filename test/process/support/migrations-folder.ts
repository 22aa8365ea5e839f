import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The migrations of the project. */
export const MIGRATIONS_DIR = fileURLToPath(new URL('../../../prisma/migrations', import.meta.url));

/** The names of the project's migrations, oldest first. */
export async function migrationNames(folder = MIGRATIONS_DIR): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
}

/** A copy of the project's migrations that a test may change. */
export class MigrationsFolder {
  private constructor(readonly path: string) {}

  static async copy(): Promise<MigrationsFolder> {
    const path = await mkdtemp(join(tmpdir(), 'docmap-test-migrations-'));
    await cp(MIGRATIONS_DIR, path, { recursive: true });
    return new MigrationsFolder(path);
  }

  /** Adds or replaces a migration. */
  async write(name: string, sql: string): Promise<void> {
    await mkdir(join(this.path, name), { recursive: true });
    await writeFile(join(this.path, name, 'migration.sql'), sql);
  }

  read(name: string): Promise<string> {
    return readFile(join(this.path, name, 'migration.sql'), 'utf8');
  }

  remove(): Promise<void> {
    return rm(this.path, { recursive: true, force: true });
  }
}
