import { randomUUID } from 'node:crypto';
import { link, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DatabaseInUseError, DatabaseStartError } from './database-start.error.js';

const HEARTBEAT_MS = 5_000;
/** A holder on another machine counts as dead after this time without a heartbeat. */
const SILENCE_MS = 30_000;
/**
 * How long to wait for a living holder. It may be stopping, or killed and still freeing about 400 MB. Other processes
 * can't distinguish these from a holder that stays.
 */
const PATIENCE_MS = 3_000;
const LOOK_AGAIN_MS = 50;
/** States of a terminated process that its parent has not waited for yet (proc(5)). */
const ENDED_STATES = new Set(['Z', 'X', 'x']);

interface Holder {
  token: string;
  host: string;
  pid: number;
  /** Start time of the process in kernel ticks. It distinguishes a later process with the same pid. */
  started: string | null;
}

const STARTING = 'another process that starts at this moment';
const NOBODY: Holder = { token: '', host: '', pid: 0, started: null };

/**
 * Protects an embedded database from a second process: two writers would damage it. A file names the holder, like
 * PostgreSQL's `postmaster.pid`. The file of a dead holder is detected and replaced.
 */
export class DataDirLock {
  private readonly heartbeat: NodeJS.Timeout;

  private constructor(
    private readonly path: string,
    private readonly token: string,
  ) {
    this.heartbeat = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => undefined), HEARTBEAT_MS);
    this.heartbeat.unref();
  }

  /**
   * Takes the lock.
   *
   * @param patienceMs how long to wait for a living holder to release it
   * @throws DatabaseStartError if another living process holds the directory, or the lock file can't be written
   */
  static async take(dataDir: string, patienceMs = PATIENCE_MS): Promise<DataDirLock> {
    const path = join(dataDir, 'docmap.lock');
    const me: Holder = {
      token: randomUUID(),
      host: hostname(),
      pid: process.pid,
      started: (await processOf(process.pid))?.started ?? null,
    };
    const mine = `${path}.${me.token}`;
    try {
      await writeFile(mine, JSON.stringify(me), { mode: 0o600 });
      const giveUpAt = Date.now() + patienceMs;
      let holder = await tryToTake(mine, path);
      while (holder !== undefined && Date.now() < giveUpAt) {
        await delay(LOOK_AGAIN_MS);
        holder = await tryToTake(mine, path);
      }
      if (holder !== undefined) throw inUse(dataDir, holder);
    } catch (error) {
      throw error instanceof DatabaseStartError ? error : unwritable(dataDir, error as Error);
    } finally {
      await rm(mine, { force: true }).catch(() => undefined);
    }
    return new DataDirLock(path, me.token);
  }

  async release(): Promise<void> {
    clearInterval(this.heartbeat);
    if ((await readHolder(this.path))?.token === this.token) await rm(this.path, { force: true });
  }
}

/** @returns undefined on success, otherwise a description of the holder */
async function tryToTake(mine: string, path: string): Promise<string | undefined> {
  if (await place(mine, path)) return undefined;
  return (await livingHolder(path)) ?? (await replaceDeadHolder(mine, path));
}

/** `link` creates the file with its content in one step. It fails if the file exists. */
async function place(mine: string, path: string): Promise<boolean> {
  try {
    await link(mine, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Replaces the file of a dead holder. A second lock file allows one process at a time. Otherwise, of two processes that
 * detect the same dead holder, the slower one would remove the lock of the faster one.
 *
 * @returns undefined on success, otherwise a description of the holder
 */
async function replaceDeadHolder(mine: string, path: string): Promise<string | undefined> {
  const turn = `${path}.turn`;
  const before = await readHolder(turn);
  if (before && !(await isAlive(before, turn))) await rm(turn, { force: true });
  if (!(await place(mine, turn))) return STARTING;
  try {
    const holder = await livingHolder(path);
    if (holder !== undefined) return holder;
    // If the file is gone by now, another process may be about to create its own. Do not remove that one.
    if (await readHolder(path)) await rm(path, { force: true });
    return (await place(mine, path)) ? undefined : STARTING;
  } finally {
    await rm(turn, { force: true });
  }
}

async function livingHolder(path: string): Promise<string | undefined> {
  const holder = await readHolder(path);
  return holder && (await isAlive(holder, path)) ? `process ${holder.pid} on ${holder.host}` : undefined;
}

async function isAlive(holder: Holder, path: string): Promise<boolean> {
  if (holder === NOBODY) return false;
  if (holder.host !== hostname()) {
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: 0 }));
    return Date.now() - mtimeMs < SILENCE_MS;
  }
  let foreign = false;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    foreign = (error as NodeJS.ErrnoException).code === 'EPERM';
    if (!foreign) return false;
  }
  const found = await processOf(holder.pid);
  if (found === null) return foreign || holder.started === null;
  // Pids repeat, in a container even at every start. The start time decides.
  return holder.started === found.started && !ENDED_STATES.has(found.state);
}

/** State and start time of a process: fields 3 and 22 of `/proc/<pid>/stat` (proc(5)). Null without `/proc`. */
async function processOf(pid: number): Promise<{ state: string; started: string } | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (text === null) return null;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', started: fields[19] ?? '' };
}

/** Undefined if there is no file. A file without valid content, as a full disk leaves it, counts as a dead holder. */
async function readHolder(path: string): Promise<Holder | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  try {
    return text === undefined ? undefined : (JSON.parse(text) as Holder);
  } catch {
    return NOBODY;
  }
}

function inUse(dataDir: string, holder: string): DatabaseStartError {
  return new DatabaseInUseError(
    `The embedded database in ${dataDir} is in use by ${holder}. It serves one process at a time: stop the other one, ` +
      `choose another DATA_DIR, or set DATABASE_URL to share a PostgreSQL server.`,
  );
}

function unwritable(dataDir: string, error: Error): DatabaseStartError {
  return new DatabaseStartError(
    `The embedded database in ${dataDir} can't be used: ${error.message}. Its directory must be writable.`,
    { cause: error },
  );
}
