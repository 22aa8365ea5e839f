import { Client } from 'pg';
import type { DatabaseSession } from '../../../src/database/database-session.js';

/** One session of a database, as the migrator uses it. */
export interface Session extends DatabaseSession {
  close(): Promise<void>;
}

/** A session that can listen. */
export interface ServerSession extends Session {
  onNotification(listener: () => void): void;
}

/** Opens a session of a database on the server. */
export async function openSession(url: string): Promise<ServerSession> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return {
    query: async <Row>(sql: string, values?: unknown[]) => (await client.query(sql, values)).rows as Row[],
    script: async (sql) => void (await client.query(sql)),
    close: () => client.end(),
    onNotification: (listener) => void client.on('notification', listener),
  };
}
