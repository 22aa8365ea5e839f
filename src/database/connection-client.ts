import { Client, type QueryConfig } from 'pg';
import type { ConnectionConfig } from './connection-config.js';
import { writableHost } from './connection-host.js';
import { PooledQuery, type QueryCallback } from './pooled-query.js';
import { setLocally, TRACKED_SETTINGS } from './session-settings.js';

/** A method of `pg` that its types omit. */
interface Inherited {
  getStartupConf(): Record<string, string>;
}

/** One connection. With several hosts, it goes to the one that accepts writes. It also works through a transaction pooler. */
export class ConnectionClient extends Client {
  readonly #config: ConnectionConfig;
  readonly #prologue: string[] | undefined;

  constructor(config: ConnectionConfig) {
    super(config);
    this.#config = config;
    this.#prologue = config.localSettings && setLocally(config.localSettings);
  }

  override connect(): Promise<this>;
  override connect(callback: (error: Error | null, client?: this) => void): void;
  override connect(callback?: (error: Error | null, client?: this) => void): Promise<this> | undefined {
    const connected = this.connectToHost().then(() => this);
    if (!callback) return connected;
    void connected.then(
      () => callback(null, this),
      (error: unknown) => callback(error as Error),
    );
    return undefined;
  }

  /** `pg` calls this. Poolers restore only settings that the start-up packet contains. */
  getStartupConf(): Record<string, string> {
    return { ...(Client.prototype as unknown as Inherited).getStartupConf.call(this), ...TRACKED_SETTINGS };
  }

  /**
   * Sends a statement. Through a transaction pooler, statements are never named: the next transaction may use another
   * connection, where the name does not exist.
   */
  override query(query: unknown, values?: unknown, callback?: unknown): never {
    const send = super.query.bind(this) as (...args: unknown[]) => unknown;
    const prologue = this.#prologue;
    if (prologue === undefined) return send(query, values, callback) as never;
    const config = typeof query === 'string' ? { text: query } : (query as QueryConfig);
    const given = Array.isArray(values) ? values : config.values;
    const sendPooled = (done: QueryCallback): unknown =>
      send(new PooledQuery(this, prologue, { ...config, values: given }, done));
    const done = [values, callback].find((argument) => typeof argument === 'function');
    if (done) return sendPooled(done as QueryCallback) as never;
    return new Promise((resolve, reject) => {
      sendPooled((error, result) => (error ? reject(error) : resolve(result)));
    }) as never;
  }

  private async connectToHost(): Promise<void> {
    const { hosts } = this.#config;
    if (hosts.length > 1) Object.assign(this, await writableHost(this.#config));
    await super.connect();
  }
}
