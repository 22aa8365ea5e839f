import { randomUUID } from 'node:crypto';
import { link, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DatabaseStartError } from './database-start.error.js';

const HEARTBEAT_MS = 5_000;
/** A holder on another machine that has been silent this long is taken for dead. */
const SILENCE_MS = 30_000;
/**
 * A living holder may be on its way out: stopping, or killed and still giving back some 400 MB. From outside neither
 * state can be told from a holder that stays.
 */
const PATIENCE_MS = 3_000;
const LOOK_AGAIN_MS = 50;
/** States of a process that has ended and only waits for its parent to read the exit code (proc(5)). */
const ENDED_STATES = new Set(['Z', 'X', 'x']);

interface Holder {
  token: string;
  host: string;
  pid: number;
  /** When the process started, as its kernel counts; tells it from a later process with the same number. */
  started: string | null;
}

const STARTING = 'another process that starts at this moment';
const NOBODY: Holder = { token: '', host: '', pid: 0, started: null };

/**
 * Keeps a second process away from an embedded database, which would be damaged by two writers. A file names the
 * holder, as PostgreSQL's `postmaster.pid` does; a holder that died without letting go is recognised and replaced.
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
   * @param patienceMs how long a living holder has to let go
   * @throws DatabaseStartError when another living process holds the directory, or its file can't be written
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

/** @returns a description of the holder that prevented it */
async function tryToTake(mine: string, path: string): Promise<string | undefined> {
  if (await place(mine, path)) return undefined;
  return (await livingHolder(path)) ?? (await replaceDeadHolder(mine, path));
}

/** `link` makes the file with its content in one step and fails where it exists. */
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
 * One process at a time, under a lock file of its own: of two that found the same dead holder, the slower would remove
 * the faster one.
 *
 * @returns a description of the holder that prevented it
 */
async function replaceDeadHolder(mine: string, path: string): Promise<string | undefined> {
  const turn = `${path}.turn`;
  const before = await readHolder(turn);
  if (before && !(await isAlive(before, turn))) await rm(turn, { force: true });
  if (!(await place(mine, turn))) return STARTING;
  try {
    const holder = await livingHolder(path);
    if (holder !== undefined) return holder;
    // Where the file is gone by now, another process may be about to place its own.
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
  // In a container every start may have the same number, so the number alone proves nothing.
  return holder.started === found.started && !ENDED_STATES.has(found.state);
}

/** Fields 3 and 22 of `/proc/<pid>/stat` (proc(5)); null where there is no `/proc`. */
async function processOf(pid: number): Promise<{ state: string; started: string } | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (text === null) return null;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', started: fields[19] ?? '' };
}

/** Undefined where there is no file. One that names nobody, as a full disk leaves it, is a holder that died. */
async function readHolder(path: string): Promise<Holder | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  try {
    return text === undefined ? undefined : (JSON.parse(text) as Holder);
  } catch {
    return NOBODY;
  }
}

function inUse(dataDir: string, holder: string): DatabaseStartError {
  return new DatabaseStartError(
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
