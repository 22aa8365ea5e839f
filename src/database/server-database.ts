import { Logger } from '@nestjs/common';
import { PrismaPg } from '@prisma/adapter-pg';
import type { Client } from 'pg';
import { BoundedPool } from './bounded-pool.js';
import { boundValue } from './bound-value.js';
import { ConnectionClient } from './connection-client.js';
import { setUpServer, type ServerOptions, type ServerSetUp } from './connection-set-up.js';
import { Database, type NotificationHandlers, type Parameter, type PoolUse, type StopListening } from './database.js';
import type { DatabaseSession } from './database-session.js';
import { LIMITS } from './deadlines.js';
import { MonitoredListener } from './monitored-listener.js';
import { sessionSettings, setSession } from './session-settings.js';
import { statementName } from './statement-name.js';
import { WriteProbe } from './write-probe.js';

/** Overrides limits of the server, the database or the role. */
const NO_LIMITS = [
  ['statement_timeout', '0'],
  ['lock_timeout', '0'],
  ['idle_in_transaction_session_timeout', '0'],
] as const;

/**
 * A PostgreSQL server. It has a pool, a connection that listens for notifications, and one for readiness.
 */
export class ServerDatabase extends Database {
  readonly adapter: PrismaPg;
  readonly description: string;
  readonly schema: string;
  private readonly logger = new Logger(ServerDatabase.name);
  private readonly pool: BoundedPool;
  /** A separate pool, so that readiness never waits for other work. */
  private readonly probePool: BoundedPool;
  private readonly writeProbe: WriteProbe;
  private readonly listeners = new Set<MonitoredListener>();

  private constructor(private readonly setUp: ServerSetUp) {
    super();
    const { schema, pooled, poolSize, isTransactionPooled } = setUp;
    const config = { ...pooled, isTransactionPooled };
    this.pool = new BoundedPool({ ...config, max: poolSize }, sessionSettings(schema, 'request'));
    // Without this handler, an error of an idle connection would end the process.
    this.pool.on('error', (error) => this.logger.warn(`A database connection failed: ${error.message}`));
    const { deadlineMs } = LIMITS.probe;
    this.probePool = new BoundedPool(
      { ...config, connectionTimeoutMillis: deadlineMs, deadlineMs, max: 1 },
      sessionSettings(schema, 'probe'),
    );
    this.probePool.on('error', () => undefined);
    this.writeProbe = new WriteProbe(this.probePool);
    this.adapter = new PrismaPg(this.pool, {
      schema,
      disposeExternalPool: true,
      statementNameGenerator: ({ sql }) => statementName(sql),
    });
    this.description = setUp.description;
    this.schema = schema;
  }

  /** @throws DatabaseStartError if the server or its settings can't be used, or the migrations are incompatible */
  static async open(databaseUrl: string, migrationsDir: string, options?: ServerOptions): Promise<ServerDatabase> {
    const logger = new Logger(ServerDatabase.name);
    return new ServerDatabase(await setUpServer(databaseUrl, migrationsDir, (line) => logger.log(line), options));
  }

  async query<Row>(sql: string, parameters: readonly Parameter[]): Promise<Row[]> {
    const query = { name: statementName(sql), text: sql, values: parameters.map(boundValue) };
    const { rows } = await this.pool.query(query);
    return rows as Row[];
  }

  async session<Result>(work: (session: DatabaseSession) => Promise<Result>): Promise<Result> {
    const client: Client = new ConnectionClient(this.setUp.direct);
    // A lost connection rejects the running statement. Without this handler, it would also end the process.
    client.on('error', () => undefined);
    await client.connect();
    try {
      await client.query(setSession([...sessionSettings(this.schema), ...NO_LIMITS]));
      return await work({
        query: async <Row>(sql: string, values?: unknown[]) => (await client.query(sql, values)).rows as Row[],
        script: async (sql) => void (await client.query(sql)),
      });
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  async listen(handlers: NotificationHandlers, mark?: string): Promise<StopListening> {
    const { direct, schema } = this.setUp;
    const onLost = (reason: string): void =>
      this.logger.warn(`Listening for notifications was interrupted: ${reason}; polling goes on`);
    const listener = new MonitoredListener(direct, schema, handlers, { onLost, mark });
    this.listeners.add(listener);
    await listener.start();
    return async () => {
      this.listeners.delete(listener);
      listener.close();
    };
  }

  get poolUse(): PoolUse {
    return this.pool.use;
  }

  get isListening(): boolean | undefined {
    return this.listeners.size === 0 ? undefined : [...this.listeners].every(({ isListening }) => isListening);
  }

  protected probeWrite(): Promise<void> {
    return this.writeProbe.run();
  }

  async close(): Promise<void> {
    for (const listener of this.listeners) listener.close();
    for (const pool of [this.pool, this.probePool]) if (!pool.ended) await pool.end();
  }
}
