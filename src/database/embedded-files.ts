import { randomUUID } from 'node:crypto';
import { readdir, readFile, rename, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DatabaseStartError } from './database-start.error.js';
import { readPacked, unpackDirectory, type PackedFiles } from './packed-directory.js';

/** Created by scripts/database-template.ts. Sources, build and bundle are one or two folders below the project. */
const TEMPLATES = {
  empty: fileURLToPath(new URL('../../dist/embedded-database.br', import.meta.url)),
  migrated: fileURLToPath(new URL('../../dist/testing-database.br', import.meta.url)),
};
const NAME = 'postgres';
const DRAFT = /^postgres\.[0-9a-f-]{36}$/;
/** PostgreSQL does not start without these: the major version, and the control data of the last checkpoint. */
const ESSENTIAL_FILES = ['PG_VERSION', 'global/pg_control'];

/**
 * Creates the files of a new embedded database if there are none. A rename makes them visible all at once. A process that
 * is killed before leaves a draft, which the next start removes.
 *
 * @param dataDir the data directory, whose lock the caller holds
 * @returns the directory with the database files
 * @throws DatabaseStartError if the files can't be created, or other files are in their place
 */
export async function prepareDatabaseFiles(dataDir: string, log: (line: string) => void): Promise<string> {
  const directory = join(dataDir, NAME);
  try {
    for (const name of await readdir(dataDir)) {
      if (DRAFT.test(name)) await rm(join(dataDir, name), { recursive: true, force: true });
    }
    if (!(await isDatabase(directory))) {
      await make(directory);
      log(`Created a new embedded database in ${dataDir}`);
    }
    return directory;
  } catch (error) {
    if (error instanceof DatabaseStartError) throw error;
    throw new DatabaseStartError(
      `The embedded database in ${dataDir} can't be created: ${(error as Error).message}. It needs a writable directory ` +
        'on a disk with at least 100 MB of free space.',
      { cause: error },
    );
  }
}

/**
 * The files of a new database with all migrations.
 *
 * @throws DatabaseStartError if they can't be read
 */
export async function migratedDatabaseFiles(): Promise<PackedFiles> {
  return readPacked(await readTemplate('migrated'));
}

/** Whether a data directory has the files of an embedded database. */
export function hasDatabaseFiles(dataDir: string): Promise<boolean> {
  return isDatabase(join(dataDir, NAME));
}

async function isDatabase(directory: string): Promise<boolean> {
  const found = await Promise.all(
    ESSENTIAL_FILES.map((path) =>
      stat(join(directory, path)).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.every(Boolean);
}

async function make(directory: string): Promise<void> {
  await removeEmpty(directory);
  const draft = `${directory}.${randomUUID()}`;
  try {
    await unpackDirectory(await readTemplate('empty'), draft);
    await rename(draft, directory);
  } catch (error) {
    await rm(draft, { recursive: true, force: true }).catch(() => undefined);
    throw error;
  }
}

async function removeEmpty(directory: string): Promise<void> {
  await rmdir(directory).catch(({ code, message }: NodeJS.ErrnoException) => {
    if (code === 'ENOENT') return;
    throw new DatabaseStartError(
      `${directory} is not empty (${message}) and contains no valid database. Restore it from a backup. If there was no ` +
        'database yet, remove it.',
    );
  });
}

function readTemplate(name: keyof typeof TEMPLATES): Promise<Buffer> {
  return readFile(TEMPLATES[name]).catch((error: Error) => {
    throw new DatabaseStartError(
      `The template of the embedded database can't be read: ${error.message}. Type "npm run build".`,
      { cause: error },
    );
  });
}
