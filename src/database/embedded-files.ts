import { randomUUID } from 'node:crypto';
import { readdir, readFile, rename, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DatabaseStartError } from './database-start.error.js';
import { readPacked, unpackDirectory, type PackedFiles } from './packed-directory.js';

/** Made by scripts/database-template.ts. Sources, build and bundle lie one or two folders below the project. */
const TEMPLATES = {
  empty: fileURLToPath(new URL('../../dist/embedded-database.br', import.meta.url)),
  migrated: fileURLToPath(new URL('../../dist/testing-database.br', import.meta.url)),
};
const NAME = 'postgres';
const DRAFT = /^postgres\.[0-9a-f-]{36}$/;
/** Without them PostgreSQL does not start: its major version, and the state it was last in. */
const ESSENTIAL_FILES = ['PG_VERSION', 'global/pg_control'];

/**
 * Makes the files of a new embedded database where there is none. They appear under their name all at once: a process
 * that is killed meanwhile leaves a draft, which the next start removes.
 *
 * @param dataDir the caller holds its lock
 * @returns the directory with the files
 * @throws DatabaseStartError when they can't be made, or other files are in their place
 */
export async function prepareDatabaseFiles(dataDir: string, log: (line: string) => void): Promise<string> {
  const directory = join(dataDir, NAME);
  try {
    for (const name of await readdir(dataDir)) {
      if (DRAFT.test(name)) await rm(join(dataDir, name), { recursive: true, force: true });
    }
    if (!(await isDatabase(directory))) {
      await make(directory);
      log(`Made a new embedded database in ${dataDir}`);
    }
    return directory;
  } catch (error) {
    if (error instanceof DatabaseStartError) throw error;
    throw new DatabaseStartError(
      `The embedded database in ${dataDir} can't be made: ${(error as Error).message}. It needs a directory that can be ` +
        'written, on a disk with at least 100 MB of room.',
      { cause: error },
    );
  }
}

/**
 * The files of a new database with all migrations.
 *
 * @throws DatabaseStartError when they can't be read
 */
export async function migratedDatabaseFiles(): Promise<PackedFiles> {
  return readPacked(await readTemplate('migrated'));
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
      `${directory} holds no database that can be opened, and is not empty (${message}). Restore it from a backup. If ` +
        'there was no database yet, remove it.',
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
