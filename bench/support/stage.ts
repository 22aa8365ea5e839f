import { BareLoop } from './bare-loop.js';
import { BenchDatabase, type BenchWebhook } from './database.js';
import { EmptyFastify } from './empty-fastify.js';
import { BenchReceiver } from './receiver.js';
import { BenchServer } from './server.js';

/** The processes and databases of a run. {@link clear} ends and drops them, also after a failure or a signal. */
export class Stage {
  private readonly closers: (() => Promise<void>)[] = [];
  private closed = false;
  private clearing: Promise<void> = Promise.resolve();

  private constructor(
    readonly receiver: BenchReceiver,
    readonly bareLoop: BareLoop,
  ) {}

  /** @param receiverPort the port of the receiver; a free one without it */
  static async open(receiverPort?: number): Promise<Stage> {
    const receiver = await BenchReceiver.start(receiverPort);
    return new Stage(receiver, new BareLoop(receiver));
  }

  async database(webhooks: readonly BenchWebhook[] = []): Promise<BenchDatabase> {
    const database = await this.newDatabase();
    await database.addWebhooks(webhooks);
    return database;
  }

  /** A database without tables, for a first start. */
  newDatabase(kind?: BenchDatabase['kind']): Promise<BenchDatabase> {
    return this.keep(BenchDatabase.create(kind), (made) => made.drop());
  }

  /** Starts the built server on a prepared database. */
  server(database: BenchDatabase, options?: Parameters<typeof BenchServer.start>[1]): Promise<BenchServer> {
    return this.keep(BenchServer.start(database, options), (server) => server.kill());
  }

  emptyFastify(): Promise<EmptyFastify> {
    return this.keep(EmptyFastify.start(), (server) => server.kill());
  }

  /**
   * Ends and drops everything that was started since the last call, the newest first. Concurrent calls wait for each other:
   * a signal often comes together with the failure that it causes.
   */
  clear(): Promise<void> {
    this.clearing = this.clearing.then(async () => {
      for (let close = this.closers.pop(); close; close = this.closers.pop()) {
        await close().catch((error: Error) => process.stderr.write(`Something may be left: ${error.message}\n`));
      }
    });
    return this.clearing;
  }

  /** Clears the stage for the last time. A process or database that is still starting is ended too. */
  async close(): Promise<void> {
    this.closed = true;
    await this.clear();
    this.bareLoop.kill();
    this.receiver.kill();
  }

  /** Takes over a thing that {@link clear} ends. */
  async keep<Thing>(starting: Promise<Thing>, close: (thing: Thing) => unknown): Promise<Thing> {
    this.closers.push(async () => {
      const thing = await starting.catch(() => undefined);
      if (thing !== undefined) await close(thing);
    });
    if (this.closed) throw new Error('The run is over');
    return starting;
  }
}
