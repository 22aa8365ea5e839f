import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openSession } from '../../process/support/session.js';
import type { TestDatabase } from '../../support/database.js';

/** The state of a delivery in the database. */
export interface DeliveryRow {
  id: string;
  eventId: string;
  /** The webhook's uuid. */
  webhookUuid: string;
  state: 'pending' | 'succeeded' | 'exhausted' | 'cancelled';
  attempts: number;
  /** The event's text; null where there is no such event. */
  payload: string | null;
}

export interface AttemptRow {
  deliveryId: string;
  status: 'success' | 'failed';
  /** Milliseconds since 1970. */
  createdAt: number;
}

/** The content of a database after the end of all its processes. */
export interface Snapshot {
  events: { id: string; deliveries: number }[];
  deliveries: DeliveryRow[];
  attempts: AttemptRow[];
}

const READ_EMBEDDED = fileURLToPath(new URL('read-embedded.mjs', import.meta.url));

const EVENTS = 'SELECT id, delivery_count AS deliveries FROM events';
const DELIVERIES = `
  SELECT delivery.id, event_id AS "eventId", webhook_id AS "webhookUuid", state, attempts, payload
  FROM deliveries delivery LEFT JOIN events event ON event.id = event_id`;
const ATTEMPTS = `
  SELECT delivery_id AS "deliveryId", status, (extract(epoch FROM created_at) * 1000)::float8 AS "createdAt"
  FROM delivery_attempts ORDER BY id`;

/** Reads a database; an embedded one must have been left by its process. */
export async function readSnapshot({ env }: TestDatabase): Promise<Snapshot> {
  const query = env.DATABASE_URL ? onServer(env.DATABASE_URL) : onEmbedded(env.DATA_DIR ?? '');
  const [events, deliveries, attempts] = await query([EVENTS, DELIVERIES, ATTEMPTS]);
  return { events, deliveries, attempts } as Snapshot;
}

type Query = (statements: string[]) => Promise<unknown[][]>;

function onServer(url: string): Query {
  return async (statements) => {
    const session = await openSession(url);
    const results = [];
    for (const statement of statements) results.push(await session.query(statement));
    await session.close();
    return results;
  };
}

/**
 * In a process of its own: Jest prevents the loading of modules between two tests, and PGlite loads some when it opens.
 */
function onEmbedded(dataDir: string): Query {
  return async (statements) => {
    const args = [READ_EMBEDDED, join(dataDir, 'postgres'), ...statements];
    const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 2 ** 30 });
    return JSON.parse(stdout) as unknown[][];
  };
}
