import type { Client } from 'pg';
import { ConnectionClient } from './connection-client.js';
import type { ConnectionConfig } from './connection-config.js';

/** A session pooler without a free connection lets a statement wait, in PgBouncer for two minutes. */
const PROBE_TIMEOUT_MS = 5_000;

/**
 * Whether a pooler is in between that gives each transaction another connection of the server. A pooler has process ids of
 * its own for its clients, so one that is the server's needs no further look. Otherwise two clients that are open at once
 * have each its server process behind a session pooler; behind a transaction pooler both get the same one, or one of them
 * gets another each time.
 */
export async function isTransactionPooled(client: Client, config: ConnectionConfig): Promise<boolean> {
  const first = await backendOf(client);
  if (first === (client as unknown as { processID: number }).processID) return false;
  const other: Client = new ConnectionClient({ ...config, query_timeout: PROBE_TIMEOUT_MS });
  other.on('error', () => undefined);
  try {
    await other.connect();
    // An uneven rotation over the connections of the server: no number of them gives everybody the same one again.
    const second = await backendOf(other);
    const third = await backendOf(other);
    const again = await backendOf(client);
    return first === second || second !== third || first !== again;
  } catch {
    // Only a session pooler that has no connection left holds the second client back.
    return false;
  } finally {
    void other.end().catch(() => undefined);
  }
}

async function backendOf(client: Client): Promise<number | undefined> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]?.pid;
}
