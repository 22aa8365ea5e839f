import { Logger } from '@nestjs/common';
import { PrismaPg } from '@prisma/adapter-pg';
import { Client, type ClientConfig } from 'pg';
import { BoundedPool } from './bounded-pool.js';
import { boundValue } from './bound-value.js';
import { Database, type NotificationHandlers, type Parameter } from './database.js';
import { DatabaseStartError } from './database-start.error.js';
import { CONNECT_TIMEOUT_MS, LIMITS } from './deadlines.js';
import { migrate } from './migrator.js';
import { MonitoredListener } from './monitored-listener.js';
import { statementName } from './statement-name.js';
import { WriteProbe } from './write-probe.js';

/** A start has more time to connect than work has: nobody waits for it. */
const START_CONNECT_TIMEOUT_MS = 5_000;
/** Enough for the dispatcher's claims and settlements beside the API; `?connection_limit=` in the URL changes it. */
const DEFAULT_POOL_SIZE = 10;

/**
 * A PostgreSQL server, reached through a pool, with one more connection that listens for notifications, and one that
 * readiness uses.
 */
export class ServerDatabase extends Database {
  readonly adapter: PrismaPg;
  readonly description: string;
  private readonly logger = new Logger(ServerDatabase.name);
  private readonly pool: BoundedPool;
  /** A pool of its own, so that readiness waits for no other work. */
  private readonly probePool: BoundedPool;
  private readonly writeProbe: WriteProbe;
  private listener: MonitoredListener | undefined;

  private constructor(
    private readonly connection: ClientConfig,
    url: URL,
  ) {
    super();
    const max = Number(url.searchParams.get('connection_limit') ?? DEFAULT_POOL_SIZE);
    this.pool = new BoundedPool({ ...connection, connectionTimeoutMillis: CONNECT_TIMEOUT_MS, max });
    // Without a listener an idle connection that breaks would end the process.
    this.pool.on('error', (error) => this.logger.warn(`A database connection broke: ${error.message}`));
    const { deadlineMs } = LIMITS.probe;
    const probing = { ...connection, connectionTimeoutMillis: deadlineMs, deadlineMs, max: 1 };
    this.probePool = new BoundedPool(probing, 'probe');
    this.probePool.on('error', () => undefined);
    this.writeProbe = new WriteProbe(this.probePool);
    this.adapter = new PrismaPg(this.pool, {
      disposeExternalPool: true,
      statementNameGenerator: ({ sql }) => statementName(sql),
    });
    this.description = `PostgreSQL at ${url.host}${url.pathname}`;
  }

  /** @throws DatabaseStartError when the server can't be reached, is too old, or its migrations don't fit */
  static async open(databaseUrl: string, migrationsDir: string): Promise<ServerDatabase> {
    const logger = new Logger(ServerDatabase.name);
    const url = new URL(databaseUrl);
    const connection = connectionOf(url);
    const client = new Client({ ...connection, connectionTimeoutMillis: START_CONNECT_TIMEOUT_MS });
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
    this.listener = new MonitoredListener(this.connection, handlers, (reason) =>
      this.logger.warn(`Listening for notifications was interrupted: ${reason}; polling goes on`),
    );
    await this.listener.start();
  }

  probeWrite(): Promise<void> {
    return this.writeProbe.run();
  }

  async close(): Promise<void> {
    this.listener?.close();
    for (const pool of [this.pool, this.probePool]) if (!pool.ended) await pool.end();
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
