import { randomUUID } from 'node:crypto';
import { link, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseStartError } from './database-start.error.js';

const HEARTBEAT_MS = 5_000;
/** A holder on another machine that has been silent this long is taken for dead. */
const SILENCE_MS = 30_000;

interface Holder {
  token: string;
  host: string;
  pid: number;
  /** When the process started, as its kernel counts; tells it from a later process with the same number. */
  started: string | null;
}

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

  /** @throws DatabaseStartError when another living process holds the directory */
  static async take(dataDir: string): Promise<DataDirLock> {
    const path = join(dataDir, 'docmap.lock');
    const me: Holder = {
      token: randomUUID(),
      host: hostname(),
      pid: process.pid,
      started: await startOf(process.pid),
    };
    const mine = `${path}.${me.token}`;
    await writeFile(mine, JSON.stringify(me), { mode: 0o600 });
    try {
      if (!(await place(mine, path)) && !(await replaceDeadHolder(mine, path, dataDir))) {
        throw inUse(dataDir, 'another process that starts at this moment');
      }
    } finally {
      await rm(mine, { force: true });
    }
    return new DataDirLock(path, me.token);
  }

  async release(): Promise<void> {
    clearInterval(this.heartbeat);
    if ((await readHolder(this.path))?.token === this.token) await rm(this.path, { force: true });
  }
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
 */
async function replaceDeadHolder(mine: string, path: string, dataDir: string): Promise<boolean> {
  await refuseLivingHolder(path, dataDir);
  const turn = `${path}.turn`;
  const before = await readHolder(turn);
  if (before && !(await isAlive(before, turn))) await rm(turn, { force: true });
  if (!(await place(mine, turn))) return false;
  try {
    // Where the file is gone by now, somebody else may be about to place theirs.
    if (await refuseLivingHolder(path, dataDir)) await rm(path, { force: true });
    return await place(mine, path);
  } finally {
    await rm(turn, { force: true });
  }
}

/** @returns whether there is a holder, dead then */
async function refuseLivingHolder(path: string, dataDir: string): Promise<boolean> {
  const holder = await readHolder(path);
  if (holder && (await isAlive(holder, path))) throw inUse(dataDir, `process ${holder.pid} on ${holder.host}`);
  return holder !== undefined;
}

async function isAlive(holder: Holder, path: string): Promise<boolean> {
  if (holder === NOBODY) return false;
  if (holder.host !== hostname()) {
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: 0 }));
    return Date.now() - mtimeMs < SILENCE_MS;
  }
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  // In a container every start may have the same number, so the number alone proves nothing.
  return holder.started === (await startOf(holder.pid));
}

/** Field 22 of `/proc/<pid>/stat` (proc(5)); null where there is no `/proc`. */
async function startOf(pid: number): Promise<string | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null;
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
