import {
  ServerStartError,
  startServerProcess,
  type ProcessExit,
  type Program,
  type ServerProcess,
} from '../../support/server-process.js';
import { newDatabase, type DatabaseKind, type TestDatabase } from '../../support/database.js';
import { Receiver } from '../../support/receiver.js';

/** The processes, databases and receivers of one test. {@link Stage.clear} ends them in that order. */
export class Stage {
  private readonly processes: ServerProcess[] = [];
  private readonly databases: TestDatabase[] = [];
  private readonly receivers: Receiver[] = [];

  async database(kind: DatabaseKind): Promise<TestDatabase> {
    const database = await newDatabase(kind);
    this.databases.push(database);
    return database;
  }

  /** Takes over a database from another stage. */
  keep(database: TestDatabase): TestDatabase {
    this.databases.push(database);
    return database;
  }

  async receiver(respond?: Parameters<typeof Receiver.start>[0]): Promise<Receiver> {
    const receiver = await Receiver.start(respond);
    this.receivers.push(receiver);
    return receiver;
  }

  async start(database: TestDatabase, env: Record<string, string> = {}, program: Program = {}): Promise<ServerProcess> {
    const server = await startServerProcess({ database, env, ...program });
    this.processes.push(server);
    return server;
  }

  /** Starts a process that must end before it is ready, and returns its exit and output. */
  async startInVain(
    database: Pick<TestDatabase, 'env'>,
    env: Record<string, string> = {},
    program: Program = {},
  ): Promise<ProcessExit & { output: readonly string[] }> {
    try {
      await this.start({ drop: async () => undefined, env: database.env }, env, program);
    } catch (error) {
      if (error instanceof ServerStartError) return { ...error.exit, output: error.output };
      throw error;
    }
    throw new Error('The server has started');
  }

  async clear(): Promise<void> {
    for (const server of this.processes.splice(0)) await server.kill();
    for (const receiver of this.receivers.splice(0)) await receiver.close();
    for (const database of this.databases.splice(0)) await database.drop();
  }
}
