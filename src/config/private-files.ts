import { randomUUID } from 'node:crypto';
import { link, mkdir, open, rename, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Logger } from '@nestjs/common';
import { ConfigError } from './config-error.js';

/** The user of this process. Undefined on Windows, where access lists protect files instead of modes. */
const USER = process.geteuid?.();

/** The bits of a mode that give access to group and others (chmod(2)). */
const GROUP_AND_OTHERS = 0o077;

const logger = new Logger('PrivateFiles');

/**
 * Creates the data directory if it is missing, with mode 0700. Checks an existing one, after following symbolic links:
 *
 * - A mode that gives access to others is changed. PostgreSQL would also accept 0750 for its data directory.
 * - A directory of another user is rejected.
 *
 * The mode of the directory protects all files below it. PGlite creates the database files with other modes.
 *
 * @throws ConfigError with the command that solves the problem
 */
export async function prepareDataDir(dataDir: string): Promise<void> {
  const path = resolve(dataDir);
  await mkdir(path, { recursive: true, mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    throw new ConfigError([
      error.code === 'EEXIST'
        ? `DATA_DIR ${path} is not a directory: choose another path`
        : `DATA_DIR ${path} can't be created: ${error.message}`,
    ]);
  });
  if (USER === undefined) return;
  const directory = await open(path).catch((error: Error) => {
    throw new ConfigError([`DATA_DIR ${path} can't be opened: ${error.message}`]);
  });
  try {
    await keepOthersOut(directory, `DATA_DIR ${path}`, path, `set DATA_DIR to a new directory, such as ${path}/docmap`);
  } finally {
    await directory.close();
  }
}

/**
 * Reads a file that holds a secret. A mode that gives access to others is changed before the file is read.
 *
 * Check and read use the same open file. A symbolic link that changes in between can't redirect the read.
 *
 * @param instead the alternative that the error message offers, such as another path
 * @throws ConfigError if others can read the file and this process can't change that
 */
export async function readPrivateFile(path: string, instead: string): Promise<string> {
  const file = await open(path);
  try {
    if (USER !== undefined) await keepOthersOut(file, path, path, instead);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

/**
 * Writes a file that only its owner can read (0600). The file appears complete and flushed to disk, or not at all.
 *
 * @param replace whether to replace an existing file
 * @returns false if a file exists and `replace` is false
 */
export async function writePrivateFile(path: string, text: string, replace: boolean): Promise<boolean> {
  const draft = `${path}.${randomUUID()}`;
  try {
    await writeFile(draft, text, { mode: 0o600, flag: 'wx', flush: true });
    await (replace ? rename(draft, path) : link(draft, path));
    await flushDirectory(dirname(path));
    return true;
  } catch (error) {
    if (!replace && (error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function keepOthersOut(file: FileHandle, what: string, path: string, instead: string): Promise<void> {
  const { uid, mode } = await file.stat();
  if (uid !== USER) {
    throw new ConfigError([
      `${what} belongs to user ${uid}, and this process runs as user ${USER}: ` +
        `type "chown ${USER} ${quoted(path)}" as root, or ${instead}`,
    ]);
  }
  if ((mode & GROUP_AND_OTHERS) === 0) return;
  const [before, after] = [mode & 0o777, mode & 0o700].map((bits) => bits.toString(8).padStart(4, '0'));
  const failure = await file.chmod(mode & 0o700).catch((error: Error) => error);
  if (failure || ((await file.stat()).mode & GROUP_AND_OTHERS) !== 0) {
    const reason = failure ? failure.message : 'the file system does not store modes';
    throw new ConfigError([
      `Other users can read ${what} (mode ${before}), and this process can't change that: ${reason}. ` +
        `Type "chmod ${after} ${quoted(path)}", or ${instead}`,
    ]);
  }
  logger.log(`Other users could read ${what}: changed its mode from ${before} to ${after}`);
}

/** Makes a new directory entry durable (fsync(2)). Windows has no equivalent. */
async function flushDirectory(path: string): Promise<void> {
  if (USER === undefined) return;
  const directory = await open(path);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Quotes a path for a shell. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
