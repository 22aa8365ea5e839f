import type { Client } from 'pg';
import { ConnectionClient } from './connection-client.js';
import { connectionConfig, type ConnectionConfig } from './connection-config.js';
import { explainConnectError } from './connection-error.js';
import { isReadOnly } from './connection-host.js';
import { isTransactionPooled } from './connection-pooling.js';
import { describeTarget, type ConnectionTarget } from './connection-target.js';
import type { DatabaseSession } from './database-session.js';
import { DatabaseStartError } from './database-start.error.js';
import { quoteIdentifier, sessionSettings, setSession, typedIdentifier } from './session-settings.js';

/** The first connection to a server, for the checks and migrations of the start. */
export class StartConnection implements DatabaseSession {
  private constructor(
    readonly target: ConnectionTarget,
    readonly config: ConnectionConfig,
    readonly client: Client,
  ) {}

  /** @throws DatabaseStartError if the server is unreachable, read-only, or used through an undeclared transaction pooler */
  static async open(target: ConnectionTarget): Promise<StartConnection> {
    const connection = await connect(target);
    try {
      await connection.requireUsable();
      return connection;
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  /** The schema of the connection string, or else the default schema of the role. */
  async schema(): Promise<string> {
    if (this.target.schema !== undefined) return this.target.schema;
    const [row] = await this.query<{ name: string | null }>('SELECT current_schema() AS name');
    if (row?.name) return row.name;
    throw new DatabaseStartError(
      `The role ${this.target.user} has no schema in the database ${this.target.database}. ` +
        `Type "CREATE SCHEMA docmap AUTHORIZATION ${typedIdentifier(this.target.user)}", and add ?schema=docmap to ${this.target.variable}.`,
    );
  }

  /**
   * Makes the session use the schema.
   *
   * @param mayCreate whether to create a missing schema
   * @throws DatabaseStartError if the schema does not exist or the role may not use it
   */
  async use(schema: string, mayCreate: boolean): Promise<void> {
    const name = typedIdentifier(schema);
    const role = typedIdentifier(this.target.user);
    const [found] = await this.query('SELECT FROM pg_namespace WHERE nspname = $1', [schema]);
    if (!found && !mayCreate) {
      throw new DatabaseStartError(`The schema ${schema} does not exist. Run "npm run migrate", which creates it.`);
    }
    if (!found) await this.create(schema);
    await this.script(setSession(sessionSettings(schema)));
    const [current] = await this.query<{ name: string | null }>('SELECT current_schema() AS name');
    if (current?.name !== schema) {
      throw new DatabaseStartError(
        `The role ${this.target.user} may not use the schema ${schema}. Type "GRANT USAGE ON SCHEMA ${name} TO ${role}".`,
      );
    }
  }

  async query<Row>(sql: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.client.query(sql, values)).rows as Row[];
  }

  async script(sql: string): Promise<void> {
    await this.client.query(sql);
  }

  async close(): Promise<void> {
    await this.client.end().catch(() => undefined);
  }

  static async opened(target: ConnectionTarget, config: ConnectionConfig): Promise<StartConnection> {
    const client = new ConnectionClient(config);
    client.on('error', () => undefined);
    await client.connect();
    return new StartConnection(target, config, client);
  }

  private async create(schema: string): Promise<void> {
    try {
      await this.script(`CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(schema)}`);
    } catch (error) {
      const { code } = error as { code?: string };
      // Another process created the schema at the same time.
      if (code === '23505' || code === '42P06') return;
      throw new DatabaseStartError(
        `The schema ${schema} can't be created: ${(error as Error).message}. As the owner of the database type ` +
          `"CREATE SCHEMA ${typedIdentifier(schema)} AUTHORIZATION ${typedIdentifier(this.target.user)}".`,
        { cause: error },
      );
    }
  }

  private async requireUsable(): Promise<void> {
    const { target, client } = this;
    if (!target.isTransactionPooled && (await isTransactionPooled(client, this.config))) {
      throw new DatabaseStartError(
        target.variable === 'DATABASE_URL'
          ? `${describeTarget(target)} is behind a transaction pooler. Add ?pgbouncer=true to DATABASE_URL, and name the ` +
              'server itself in DIRECT_DATABASE_URL, for migrations and notifications.'
          : `${target.variable} leads to a transaction pooler. Name the server itself, or a session pooler.`,
      );
    }
    if (await isReadOnly(client)) {
      throw new DatabaseStartError(
        `${describeTarget(target)} is read-only: it is a standby, or default_transaction_read_only is on. Name the primary ` +
          `in ${target.variable}, or all servers, separated by commas.`,
      );
    }
  }
}

/** Tries the TLS options that `sslmode` allows, in order, until one connects. */
async function connect(target: ConnectionTarget): Promise<StartConnection> {
  let failure: unknown;
  for (const tls of target.tls) {
    try {
      return await StartConnection.opened(target, connectionConfig(target, tls));
    } catch (error) {
      failure = error;
    }
  }
  throw explainConnectError(target, failure as Error);
}
