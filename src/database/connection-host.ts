import type { Duplex } from 'node:stream';
import { Client } from 'pg';
import type { ConnectionConfig } from './connection-config.js';
import type { Host } from './connection-target.js';

/** PostgreSQL's code for "only reads are possible here" (appendix A of its manual). */
const READ_ONLY = '25006';

/**
 * Asks all hosts at once which of them takes writes: a host that does not answer then costs no time.
 *
 * @throws the first host's error when none does
 */
export async function writableHost(config: ConnectionConfig): Promise<Host> {
  const answers = config.hosts.map((host) => probe(config, host));
  try {
    return await Promise.any(answers);
  } catch (error) {
    const errors = (error as AggregateError).errors as (Error & { code?: string })[];
    throw errors.find(({ code }) => code === READ_ONLY) ?? errors[0] ?? error;
  }
}

async function probe(config: ConnectionConfig, { host, port }: Host): Promise<Host> {
  // A copy of its own: the pool hides the password from copies.
  const client = new Client({ ...config, password: config.password, host, port });
  client.on('error', () => undefined);
  // Also for the question: a server that stands still takes connections and never answers.
  const timer = setTimeout(() => {
    const { connection } = client as unknown as { connection: { stream: Duplex } };
    connection.stream.destroy(new Error('timeout expired'));
  }, config.connectionTimeoutMillis);
  try {
    await client.connect();
    if (await isReadOnly(client)) {
      throw Object.assign(new Error(`${host}:${port} is read-only`), { code: READ_ONLY });
    }
    return { host, port };
  } finally {
    clearTimeout(timer);
    void client.end().catch(() => undefined);
  }
}

/** Whether the server is a standby, or the session is read-only by the settings of the server, database or role. */
export async function isReadOnly(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ readOnly: boolean }>(
    `SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::bool AS "readOnly"`,
  );
  return rows[0]?.readOnly ?? true;
}
