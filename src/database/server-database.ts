import { Logger } from '@nestjs/common';
import { PrismaPg } from '@prisma/adapter-pg';
import { Pool, type Client, type ClientBase } from 'pg';
import { Database, type NotificationHandlers, type Parameter } from './database.js';
import { ConnectionClient } from './connection-client.js';
import { setUpServer, type ServerOptions, type ServerSetUp } from './connection-set-up.js';
import { channelOf } from './notification-channel.js';
import { sessionSettings, setSession } from './session-settings.js';
import { statementName } from './statement-name.js';
import { boundValue } from './bound-value.js';

const LISTEN_RETRY_MS = 1_000;

/** A PostgreSQL server, reached through a pool, with one more connection that listens for notifications. */
export class ServerDatabase extends Database {
  readonly adapter: PrismaPg;
  readonly description: string;
  private readonly logger = new Logger(ServerDatabase.name);
  private readonly pool: Pool;
  private listener: Client | undefined;
  private listenerRetry: NodeJS.Timeout | undefined;
  private closed = false;

  private constructor(private readonly setUp: ServerSetUp) {
    super();
    const { schema, isTransactionPooled, poolSize } = setUp;
    this.pool = new Pool({
      ...setUp.pooled,
      Client: ConnectionClient as unknown as new () => ClientBase,
      max: poolSize,
      idleTimeoutMillis: 30_000,
      // The types promise less than it does: the pool waits, and hands out no connection when it fails.
      ...(!isTransactionPooled && { onConnect: (client) => this.prepare(client) as unknown as void }),
    });
    this.adapter = new PrismaPg(this.pool, {
      schema,
      disposeExternalPool: true,
      statementNameGenerator: ({ sql }) => statementName(sql),
      // Without a listener an idle connection that breaks would end the process.
      onPoolError: (error) => this.logger.warn(`A database connection broke: ${error.message}`),
    });
    this.description = setUp.description;
  }

  /** @throws DatabaseStartError when the server can't be used as it is set up, or its migrations don't fit */
  static async open(databaseUrl: string, migrationsDir: string, options?: ServerOptions): Promise<ServerDatabase> {
    const logger = new Logger(ServerDatabase.name);
    return new ServerDatabase(await setUpServer(databaseUrl, migrationsDir, (line) => logger.log(line), options));
  }

  async query<Row>(sql: string, parameters: readonly Parameter[]): Promise<Row[]> {
    const query = { name: statementName(sql), text: sql, values: parameters.map(boundValue) };
    const { rows } = await this.pool.query(query);
    return rows as Row[];
  }

  async listen(handlers: NotificationHandlers): Promise<void> {
    const client: Client = new ConnectionClient(this.setUp.direct);
    this.listener = client;
    const lost = (error?: Error): void => {
      if (this.closed || this.listener !== client) return;
      this.listener = undefined;
      this.logger.warn(
        `Listening for notifications was interrupted${error ? `: ${error.message}` : ''}; polling goes on`,
      );
      void client.end().catch(() => undefined);
      this.listenerRetry = setTimeout(() => void this.listen(handlers), LISTEN_RETRY_MS);
      this.listenerRetry.unref();
    };
    client.on('error', lost);
    client.on('end', () => lost());
    const { schema } = this.setUp;
    const names = new Map(Object.keys(handlers).map((channel) => [channelOf(channel, schema), channel]));
    client.on('notification', ({ channel, payload = '' }) => handlers[names.get(channel) ?? '']?.(payload));
    try {
      await client.connect();
      await this.prepare(client);
      for (const name of names.keys()) await client.query(`LISTEN ${client.escapeIdentifier(name)}`);
      for (const handle of Object.values(handlers)) handle('');
    } catch (error) {
      lost(error as Error);
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.listenerRetry);
    await this.listener?.end().catch(() => undefined);
    if (!this.pool.ended) await this.pool.end();
  }

  private async prepare(client: ClientBase): Promise<void> {
    await client.query(setSession(sessionSettings(this.setUp.schema)));
  }
}
