import type { Duplex } from 'node:stream';
import { Client } from 'pg';
import type { ConnectionConfig } from './connection-config.js';
import type { Host } from './connection-target.js';

/** SQLSTATE read_only_sql_transaction (appendix A of PostgreSQL's manual). */
const READ_ONLY = '25006';

/**
 * Finds the host that accepts writes. All hosts are asked in parallel, so a silent host costs no time.
 *
 * @throws the error of a read-only host, or else of the first host, if no host accepts writes
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
  // The password is passed explicitly: the pool makes it non-enumerable, so the spread omits it.
  const client = new Client({ ...config, password: config.password, host, port });
  client.on('error', () => undefined);
  // The timeout also covers the query: a frozen server accepts connections and never responds.
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

/**
 * Whether the session can't write: the server is a standby, or a setting of server, database or role makes it read-only.
 * The query takes no locks.
 */
export async function isReadOnly(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ readOnly: boolean }>(
    `SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::bool AS "readOnly"`,
  );
  return rows[0]?.readOnly ?? true;
}
