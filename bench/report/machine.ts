import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { PGlite } from '@electric-sql/pglite';
import { UsageError } from '../options.js';
import { databaseKind, onServer } from '../support/database.js';

/** The machine of the measurement: figures mean nothing without it. */
export type Machine = Record<'processor' | 'cores' | 'memory' | 'system' | 'node' | 'database' | 'load', string>;

/** @throws UsageError when the PostgreSQL server of DATABASE_URL can't be used */
export async function describeMachine(): Promise<Machine> {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: String(availableParallelism()),
    memory: `${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
    system: `${await distribution()}, ${type()} ${release()}`,
    node: process.version,
    database: databaseKind() === 'server' ? await describeServer() : await describeEmbedded(),
    load: `${loadavg()[0]?.toFixed(1)} before the run (processes that wait for the processor)`,
  };
}

/** The settings that determine the cost of a commit. */
async function describeServer(): Promise<string> {
  const rows = await onServer<{ name: string; setting: string }>(
    `SELECT name, current_setting(name) AS setting
     FROM unnest('{server_version,fsync,synchronous_commit,shared_buffers,max_wal_size,autovacuum}'::text[]) AS name`,
  ).catch((error: Error & { code?: string }) => {
    const { host } = new URL(process.env.DATABASE_URL ?? '');
    throw new UsageError(`PostgreSQL at ${host} can't be used: ${error.message || error.code}. Check DATABASE_URL.`);
  });
  const [version, ...settings] = rows;
  return `PostgreSQL ${version?.setting}; ${settings.map(({ name, setting }) => `${name} ${setting}`).join(', ')}`;
}

async function describeEmbedded(): Promise<string> {
  const pglite = await PGlite.create();
  const { rows } = await pglite.query<{ server_version: string }>('SHOW server_version');
  await pglite.close();
  return `embedded PostgreSQL ${rows[0]?.server_version} (PGlite)`;
}

async function distribution(): Promise<string> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^PRETTY_NAME="(.*)"$/m.exec(text)?.[1] ?? process.platform;
}
