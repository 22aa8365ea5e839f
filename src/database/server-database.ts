import { Logger } from '@nestjs/common';
import { PrismaPg } from '@prisma/adapter-pg';
import { Client, Pool, type ClientConfig } from 'pg';
import { Database, type NotificationHandlers, type Parameter } from './database.js';
import { DatabaseStartError } from './database-start.error.js';
import { migrate } from './migrator.js';
import { statementName } from './statement-name.js';
import { boundValue } from './bound-value.js';

const CONNECT_TIMEOUT_MS = 5_000;
/** Enough for the dispatcher's claims and settlements beside the API; `?connection_limit=` in the URL changes it. */
const DEFAULT_POOL_SIZE = 10;
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

  private constructor(
    private readonly connection: ClientConfig,
    url: URL,
  ) {
    super();
    const max = Number(url.searchParams.get('connection_limit') ?? DEFAULT_POOL_SIZE);
    this.pool = new Pool({ ...connection, max, idleTimeoutMillis: 30_000 });
    this.adapter = new PrismaPg(this.pool, {
      disposeExternalPool: true,
      statementNameGenerator: ({ sql }) => statementName(sql),
      // Without a listener an idle connection that breaks would end the process.
      onPoolError: (error) => this.logger.warn(`A database connection broke: ${error.message}`),
    });
    this.description = `PostgreSQL at ${url.host}${url.pathname}`;
  }

  /** @throws DatabaseStartError when the server can't be reached, is too old, or its migrations don't fit */
  static async open(databaseUrl: string, migrationsDir: string): Promise<ServerDatabase> {
    const logger = new Logger(ServerDatabase.name);
    const url = new URL(databaseUrl);
    const connection = connectionOf(url);
    const client = new Client(connection);
    client.on('error', () => undefined);
    await client.connect().catch((error: Error & { code?: string }) => {
      const reason = error.message || error.code || 'no answer';
      throw new DatabaseStartError(
        `PostgreSQL at ${url.host}${url.pathname} can't be used: ${reason}. Check DATABASE_URL and that the server runs.`,
        { cause: error },
      );
    });
    try {
      const session = {
        query: async <Row>(sql: string, values?: unknown[]) => (await client.query(sql, values)).rows as Row[],
        script: async (sql: string) => void (await client.query(sql)),
      };
      await migrate(session, migrationsDir, (line) => logger.log(line));
    } finally {
      await client.end().catch(() => undefined);
    }
    return new ServerDatabase(connection, url);
  }

  async query<Row>(sql: string, parameters: readonly Parameter[]): Promise<Row[]> {
    const query = { name: statementName(sql), text: sql, values: parameters.map(boundValue) };
    const { rows } = await this.pool.query(query);
    return rows as Row[];
  }

  async listen(handlers: NotificationHandlers): Promise<void> {
    const client = new Client(this.connection);
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
    client.on('notification', ({ channel, payload = '' }) => handlers[channel]?.(payload));
    try {
      await client.connect();
      for (const channel of Object.keys(handlers)) await client.query(`LISTEN ${client.escapeIdentifier(channel)}`);
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
}

function connectionOf(url: URL): ClientConfig {
  const plain = new URL(url);
  // Parameters of Prisma's own URLs that mean nothing to PostgreSQL.
  for (const name of ['connection_limit', 'schema', 'pool_timeout']) plain.searchParams.delete(name);
  return {
    connectionString: plain.href,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'docmap-webhooks',
    // Prisma's adapter sends times without a zone and reads them as UTC.
    options: '-c TimeZone=UTC',
  };
}
