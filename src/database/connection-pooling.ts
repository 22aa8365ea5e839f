import type { Client } from 'pg';
import { ConnectionClient } from './connection-client.js';
import type { ConnectionConfig } from './connection-config.js';

/** A session pooler without a free connection lets a statement wait: PgBouncer for two minutes by default. */
const PROBE_TIMEOUT_MS = 5_000;

/**
 * Detects a transaction pooler, which gives each transaction another server connection.
 *
 * - If the backend's process id equals the one of the handshake, there is no pooler: poolers invent ids for their clients.
 * - Otherwise a second client connects. A session pooler gives both clients different, stable backends. A transaction
 *   pooler gives both the same backend, or gives one of them different backends over time.
 */
export async function isTransactionPooled(client: Client, config: ConnectionConfig): Promise<boolean> {
  const first = await backendOf(client);
  if (first === (client as unknown as { processID: number }).processID) return false;
  const other: Client = new ConnectionClient({ ...config, query_timeout: PROBE_TIMEOUT_MS });
  other.on('error', () => undefined);
  try {
    await other.connect();
    // This order of queries is uneven. No pool size makes a rotating pooler return the same backend to each client.
    const second = await backendOf(other);
    const third = await backendOf(other);
    const again = await backendOf(client);
    return first === second || second !== third || first !== again;
  } catch {
    // A second client fails only if a session pooler has no free connection.
    return false;
  } finally {
    void other.end().catch(() => undefined);
  }
}

async function backendOf(client: Client): Promise<number | undefined> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]?.pid;
}
