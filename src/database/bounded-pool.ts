import { Pool, type ClientBase, type PoolClient, type QueryConfig } from 'pg';
import { DatabaseDeadlineError } from './database-deadline.error.js';
import type { PoolUse } from './database.js';
import { DeadlineClient, type DeadlineClientConfig } from './deadline-client.js';
import { currentWork, GATE_WAIT_MS } from './deadlines.js';
import { Gates } from './gates.js';
import { setSession, type SessionSettings } from './session-settings.js';
import { TABLES, tablesOf } from './tables.js';

/** The gate for statements that may run long. */
const LONG = ['(long work)'];
const IDLE_TIMEOUT_MS = 30_000;

interface BoundedPoolConfig extends DeadlineClientConfig {
  max: number;
  isTransactionPooled: boolean;
}

type Connected = Parameters<Pool['connect']>[0];

/**
 * A pool whose connections can't be exhausted by one table or one slow server:
 *
 * - Statements that use the same table share a part of the connections. Long work shares a small part (see {@link limitsOf}).
 * - Every statement has a deadline. When one passes, the idle connections are closed too: their network path is probably
 *   dead as well.
 *
 * @see LIMITS
 */
export class BoundedPool extends Pool {
  private readonly gates: Gates;
  private readonly idle = new Set<ClientBase>();
  /** The gates that each client of a transaction has entered. */
  private readonly transactions = new WeakMap<ClientBase, readonly string[]>();

  /** @param settings set once per session, or once per transaction if a transaction pooler is in use */
  constructor(config: BoundedPoolConfig, settings: SessionSettings) {
    super({
      idleTimeoutMillis: IDLE_TIMEOUT_MS,
      ...config,
      Client: DeadlineClient as unknown as new () => ClientBase,
      ...(config.isTransactionPooled
        ? { localSettings: settings }
        : // The type says void, but the pool awaits the promise.
          { onConnect: (client) => client.query(setSession(settings)) as unknown as void }),
    });
    const { byTable, long } = limitsOf(config.max);
    this.gates = new Gates((name) => (name === LONG[0] ? long : byTable), GATE_WAIT_MS);
    this.on('connect', (client) => {
      client.on('error', (error) => {
        if (error instanceof DatabaseDeadlineError) this.abandonIdle();
      });
    });
    this.on('acquire', (client) => this.idle.delete(client));
    this.on('remove', (client) => this.idle.delete(client));
    this.on('release', (error: Error | undefined, client) => {
      if (!error) this.idle.add(client);
      const entered = this.transactions.get(client);
      this.transactions.delete(client);
      if (entered) this.gates.leave(entered);
    });
  }

  get use(): PoolUse {
    const { totalCount, idleCount, waitingCount } = this;
    const waiting = waitingCount + this.gates.waitingCount;
    return { used: totalCount - idleCount, idle: idleCount, waiting, max: this.options.max };
  }

  // oxlint-disable-next-line typescript/no-explicit-any -- one signature instead of the driver's eight overloads
  override async query(config: any): Promise<any> {
    const names = tablesOf((config as QueryConfig).text);
    const entering = this.gates.enter(names);
    if (entering) await entering;
    try {
      return await super.query(config as QueryConfig);
    } finally {
      this.gates.leave(names);
    }
  }

  override connect(): Promise<PoolClient>;
  override connect(connected: Connected): void;
  override connect(connected?: Connected): Promise<PoolClient> | void {
    // The pool's own query() passes a callback. It has already entered its gates.
    return connected ? super.connect(connected) : this.connectForTransaction();
  }

  /** The tables of a transaction are not known in advance. It therefore enters the gates of all tables. */
  private async connectForTransaction(): Promise<PoolClient> {
    const names = currentWork() === 'request' ? TABLES : LONG;
    await this.gates.enter(names);
    try {
      const client = await super.connect();
      this.transactions.set(client, names);
      return client;
    } catch (error) {
      this.gates.leave(names);
      throw error;
    }
  }

  private abandonIdle(): void {
    for (const client of this.idle) (client as DeadlineClient).abandon('another connection does not answer');
    this.idle.clear();
  }
}

/**
 * Shares of `max` connections: for statements that use the same table, and for long work. The remaining connections stay
 * free for statements on other tables.
 */
function limitsOf(max: number): { byTable: number; long: number } {
  if (max >= 6) return { byTable: max - 3, long: 2 };
  return { byTable: Math.max(1, max >= 4 ? max - 2 : max - 1), long: 1 };
}
