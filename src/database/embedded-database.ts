import { resolve } from 'node:path';
import { parse, PGlite, protocol } from '@electric-sql/pglite';
import { Logger } from '@nestjs/common';
import { PrismaPGlite } from 'pglite-prisma-adapter';
import { prepareDataDir } from '../config/private-files.js';
import { Database, type NotificationHandlers, type Parameter, type StopListening } from './database.js';
import type { DatabaseSession } from './database-session.js';
import { DatabaseStartError } from './database-start.error.js';
import { DataDirLock } from './data-dir-lock.js';
import { migratedDatabaseFiles, prepareDatabaseFiles } from './embedded-files.js';
import { migrate, type MigrationOptions } from './migrator.js';
import { statementName } from './statement-name.js';
import { boundValue } from './bound-value.js';
import { TemplateFS } from './template-fs.js';

const { serialize } = protocol;

/**
 * PostgreSQL touches all shared buffers at its start. The default of 128 MB would be half of the memory of the process.
 * The operating system caches the files anyway.
 */
const SHARED_BUFFERS = '32MB';
/** For short-lived databases in memory, in tests: they start 60 ms faster. */
const FEW_SHARED_BUFFERS = '8MB';

/**
 * PostgreSQL compiled to WebAssembly, in this process, with its files in a directory.
 *
 * Committed data survives a crash of the process. The operating system's cache is not flushed: a power failure may lose
 * the last writes. Use a server in production.
 */
export class EmbeddedDatabase extends Database {
  readonly adapter: PrismaPGlite;
  readonly description: string;
  readonly schema = 'public';
  readonly poolUse = undefined;
  isListening: boolean | undefined;
  /** The names of prepared statements. */
  private readonly prepared = new Set<string>();

  private constructor(
    private readonly pglite: PGlite,
    private readonly lock: DataDirLock | undefined,
    place: string,
  ) {
    super();
    this.adapter = new PrismaPGlite(pglite);
    this.description = `embedded PostgreSQL in ${place}`;
  }

  /**
   * @throws ConfigError if the directory can't be created or made private
   * @throws DatabaseStartError if it is in use or unreadable, or its migrations do not match
   */
  static async open(dataDir: string, migrationsDir: string, options?: MigrationOptions): Promise<EmbeddedDatabase> {
    const logger = new Logger(EmbeddedDatabase.name);
    const directory = resolve(dataDir);
    await prepareDataDir(directory);
    const lock = await DataDirLock.take(directory);
    let pglite: PGlite | undefined;
    try {
      const dataDir = await prepareDatabaseFiles(directory, (line) => logger.log(line));
      pglite = new PGlite({ dataDir, startParams: startParameters(SHARED_BUFFERS) });
      await pglite.waitReady.catch((error: Error) => {
        throw new DatabaseStartError(`The embedded database in ${directory} can't be opened: ${error.message}`, {
          cause: error,
        });
      });
      await migrateEmbedded(pglite, migrationsDir, logger, options);
      return new EmbeddedDatabase(pglite, lock, directory);
    } catch (error) {
      await pglite?.close().catch(() => undefined);
      await lock.release();
      throw error;
    }
  }

  /**
   * Opens a new database in memory with all migrations. {@link close} discards it.
   *
   * @throws DatabaseStartError if the template can't be read or belongs to another build
   */
  static async openInMemory(migrationsDir: string): Promise<EmbeddedDatabase> {
    const fs = new TemplateFS(migratedDatabaseFiles());
    const pglite = new PGlite({ fs, startParams: startParameters(FEW_SHARED_BUFFERS) });
    try {
      await pglite.waitReady;
      await migrateEmbedded(pglite, migrationsDir, new Logger(EmbeddedDatabase.name), { apply: false });
      return new EmbeddedDatabase(pglite, undefined, 'memory');
    } catch (error) {
      await pglite.close().catch(() => undefined);
      throw error;
    }
  }

  /**
   * Keeps prepared statements. PGlite's own `query` parses and plans each statement again, in WebAssembly, and sends six
   * messages for it. For our statements that takes most of the time. Like `query`, this waits for running transactions.
   */
  async query<Row>(sql: string, parameters: readonly Parameter[]): Promise<Row[]> {
    const name = statementName(sql);
    await this.pglite._checkReady();
    return this.pglite._runExclusiveTransaction(() =>
      this.pglite._runExclusiveQuery(async () => {
        if (!this.prepared.has(name)) {
          await this.send(serialize.parse({ name, text: sql }));
          this.prepared.add(name);
        }
        const bind = serialize.bind({ statement: name, values: parameters.map(boundValue) });
        const messages = await this.send(bind, serialize.describe({ type: 'P' }), serialize.execute());
        return (parse.parseResults(messages, this.pglite.parsers)[0]?.rows ?? []) as Row[];
      }),
    );
  }

  private send(...messages: Uint8Array[]) {
    return this.pglite.execProtocolStream(Buffer.concat([...messages, serialize.sync()]), { syncToFs: true });
  }

  session<Result>(work: (session: DatabaseSession) => Promise<Result>): Promise<Result> {
    return work(sessionOf(this.pglite));
  }

  async listen(handlers: NotificationHandlers): Promise<StopListening> {
    const stops: StopListening[] = [];
    for (const [channel, handle] of Object.entries(handlers)) stops.push(await this.pglite.listen(channel, handle));
    this.isListening = true;
    return async () => {
      for (const stop of stops) await stop();
    };
  }

  protected async probeWrite(): Promise<void> {
    await this.query(`SELECT pg_logical_emit_message(true, 'docmap-webhooks', 'ready?')::text`, []);
  }

  async close(): Promise<void> {
    await this.pglite.close();
    await this.lock?.release();
  }
}

function startParameters(sharedBuffers: string): string[] {
  return [...PGlite.defaultStartParams, '-c', `shared_buffers=${sharedBuffers}`];
}

async function migrateEmbedded(
  pglite: PGlite,
  migrationsDir: string,
  logger: Logger,
  options?: MigrationOptions,
): Promise<void> {
  // Prisma's adapter sends times without a zone and reads them as UTC.
  await pglite.exec(`SET TIME ZONE 'UTC'`);
  await migrate(sessionOf(pglite), migrationsDir, (line) => logger.log(line), options);
}

function sessionOf(pglite: PGlite): DatabaseSession {
  return {
    query: async <Row>(sql: string, values?: unknown[]) => (await pglite.query<Row>(sql, values)).rows,
    script: async (sql: string) => void (await pglite.exec(sql)),
  };
}
