import type { NotificationHandlers } from './database.js';
import type { ConnectionConfig } from './connection-config.js';
import { DeadlineClient } from './deadline-client.js';
import { channelOf } from './notification-channel.js';
import { quoteIdentifier, sessionSettings, setSession } from './session-settings.js';

const RETRY_MS = 1_000;
/** Pause between heartbeats, and time limit of each, in milliseconds. A dead connection is replaced within the sum. */
const BEAT_MS = 2_000;
const BEAT_DEADLINE_MS = 2_000;

/**
 * Listens for notifications on a connection of its own. A dead connection looks like one without notifications. A
 * heartbeat every two seconds therefore checks it, and a dead one is replaced.
 */
export class MonitoredListener {
  private client: DeadlineClient | undefined;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;
  /** The connection that listens. Undefined while it is being made, and after it was lost. */
  private listening: DeadlineClient | undefined;
  /** The handlers by the names of their channels in this schema. */
  private readonly byName: NotificationHandlers;
  /** LISTEN statements for all channels. */
  private readonly listen: string;

  /**
   * @param handlers see {@link Database.listen}
   * @param options.onLost called with the reason when notifications may be missed from now on
   * @param options.mark see {@link Database.listen}
   */
  constructor(
    private readonly connection: ConnectionConfig,
    private readonly schema: string,
    handlers: NotificationHandlers,
    private readonly options: { onLost: (reason: string) => void; mark?: string | undefined },
  ) {
    this.byName = Object.fromEntries(
      Object.entries(handlers).map(([channel, handle]) => [channelOf(channel, schema), handle]),
    );
    this.listen = Object.keys(this.byName)
      .map((name) => `LISTEN ${quoteIdentifier(name)}`)
      .join('; ');
  }

  /** Resolves when the connection listens or the first attempt has failed. After a failure, it keeps trying. */
  async start(): Promise<void> {
    const client = new DeadlineClient({ ...this.connection, deadlineMs: BEAT_DEADLINE_MS });
    this.client = client;
    client.on('error', (error) => this.replace(client, error.message));
    client.on('end', () => this.replace(client, 'the connection ended'));
    client.on('notification', ({ channel, payload = '' }) => this.byName[channel]?.(payload));
    try {
      await client.connect();
      await client.script(setSession(sessionSettings(this.schema, 'request')));
      if (this.options.mark !== undefined) await client.script(this.options.mark);
      await client.script(this.listen);
      if (this.client === client) this.listening = client;
      for (const handle of Object.values(this.byName)) handle('');
      this.beatLater(client);
    } catch (error) {
      this.replace(client, (error as Error).message);
    }
  }

  /** Whether notifications arrive. */
  get isListening(): boolean {
    return this.listening !== undefined;
  }

  close(): void {
    this.closed = true;
    this.listening = undefined;
    clearTimeout(this.timer);
    this.client?.abandon('the database is closed');
  }

  private beatLater(client: DeadlineClient): void {
    if (this.closed || this.client !== client) return;
    this.timer = setTimeout(() => {
      // Repeating LISTEN changes nothing and costs less than a query.
      client.script(this.listen).then(
        () => this.beatLater(client),
        (error: Error) => this.replace(client, error.message),
      );
    }, BEAT_MS).unref();
  }

  private replace(client: DeadlineClient, reason: string): void {
    if (this.closed || this.client !== client) return;
    this.client = undefined;
    this.listening = undefined;
    clearTimeout(this.timer);
    this.options.onLost(reason);
    client.abandon(reason);
    this.timer = setTimeout(() => void this.start(), RETRY_MS).unref();
  }
}
