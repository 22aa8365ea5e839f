import { NODE_OPTIONS } from '../../../scripts/node-options.mjs';
import { newDatabase, type TestDatabase } from '../../support/database.js';
import { startServerProcess, type ServerProcess } from '../../support/server-process.js';
import { Crowd, type CrowdRecord } from './crowd.js';
import { Healthy, memoryOf, type Observation } from './healthy.js';
import type { ReceiversProcess } from './receivers-process.js';

/** A service in a process of its own, with well-behaved webhooks and a crowd next to them. */
export class Neighbourhood {
  private constructor(
    private readonly database: TestDatabase,
    private readonly server: ServerProcess,
    private readonly healthy: Healthy,
    private readonly crowd: Crowd,
  ) {}

  static async start(receivers: ReceiversProcess, env: Record<string, string>): Promise<Neighbourhood> {
    const database = await newDatabase('server');
    const server = await startServerProcess({ database, env, execArgv: [...NODE_OPTIONS] });
    const crowd = await Crowd.gather(receivers, server, database.env.DATABASE_URL ?? '');
    return new Neighbourhood(database, server, await Healthy.start(server), crowd);
  }

  /** The memory of the service now, in MB. */
  get memory(): number {
    return memoryOf(this.server.pid);
  }

  /** Runs work of each kind until the code is compiled and the heap has its size. */
  async warmUp(): Promise<void> {
    await this.healthy.burst();
    for (const kind of ['harmless', 'hostile'] as const) {
      await this.crowd.come(kind);
      await this.healthy.beside(this.crowd.behave());
      await this.crowd.go();
    }
  }

  /** Fifty neighbours come. */
  prepare(kind: 'hostile' | 'harmless'): Promise<void> {
    return this.crowd.come(kind);
  }

  /** All fifty get an event at once. Resolves when each has its record. */
  provoke(): Promise<CrowdRecord[]> {
    return this.crowd.behave();
  }

  /** Sends events to the well-behaved webhooks at a steady rate during other work. */
  observe(other: Promise<unknown>): Promise<Observation> {
    return this.healthy.beside(other);
  }

  /** The fifty go. */
  clear(): Promise<void> {
    return this.crowd.go();
  }

  async end(): Promise<void> {
    await this.server.kill('SIGTERM');
    await this.healthy.end();
    await this.crowd.end();
    await this.database.drop();
  }
}
