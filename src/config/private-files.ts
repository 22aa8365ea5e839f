import { randomUUID } from 'node:crypto';
import { link, mkdir, open, rename, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Logger } from '@nestjs/common';
import { ConfigError } from './environment.js';

/** The user of this process. Undefined on Windows, whose files have no mode: access lists protect them there. */
const USER = process.geteuid?.();

/** The bits of a mode that let group and others in (chmod(2)). */
const GROUP_AND_OTHERS = 0o077;

const logger = new Logger('PrivateFiles');

/**
 * Makes the data directory where it is missing, for its owner only (0700). The rule for an existing one is stricter than
 * PostgreSQL's for its data directory (0700 or 0750): a mode that lets others in is tightened, and a directory of another
 * user is refused. The mode of the directory protects everything below it, including the files of the embedded
 * database, which PGlite makes with modes of its own. A symbolic link is followed: what it leads to is checked.
 *
 * @throws ConfigError that says what to type
 */
export async function prepareDataDir(dataDir: string): Promise<void> {
  const path = resolve(dataDir);
  await mkdir(path, { recursive: true, mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    throw new ConfigError([
      error.code === 'EEXIST'
        ? `DATA_DIR ${path} is not a directory: name another one`
        : `DATA_DIR ${path} can't be made: ${error.message}`,
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
 * Reads a file that holds a secret, after it has tightened a mode that lets others in. Both go through one open file: what
 * was checked is what is read, also where a symbolic link is changed meanwhile.
 *
 * @param instead what to do where the file can't be used
 * @throws ConfigError when others can read the file and this process can't change that
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
 * Writes a file that only its owner can read (0600). It appears whole and on disk, or not at all.
 *
 * @param replace whether a file with this name is replaced
 * @returns false where there is one that is not to be replaced
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
    const reason = failure ? failure.message : 'its file system does not keep modes';
    throw new ConfigError([
      `Other users can read ${what} (mode ${before}), and this process can't change that: ${reason}. ` +
        `Type "chmod ${after} ${quoted(path)}", or ${instead}`,
    ]);
  }
  logger.log(`Other users could read ${what}: changed its mode from ${before} to ${after}`);
}

/** Makes a new name in the directory survive a power failure (fsync(2)). Windows knows no such thing. */
async function flushDirectory(path: string): Promise<void> {
  if (USER === undefined) return;
  const directory = await open(path);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** The path as a shell takes it. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
