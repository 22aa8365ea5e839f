import { Injectable, Logger } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { Database } from '../database/database.js';
import { PrismaService } from '../database/prisma.service.js';
import { ServiceEmitter } from '../runtime/service-emitter.js';
import { announceStatement } from './announce.statement.js';
import { PROCESS_ID } from './deliveries-queued.event.js';
import { EventsStoredEvent, storedNotice } from './events-stored.event.js';
import type { PublishRequest } from './outbox.types.js';

/** The shortest time between two announcements while a process hears them, in milliseconds. */
const INTERVAL_MS = 50;
/** The same while no process hears them. A new listener looks at the table every second anyway. */
const UNHEARD_INTERVAL_MS = 1_000;

/**
 * Announces stored events to the streams of other processes, after their commit. While no process hears it, publishing costs one
 * short statement per second. An announcement that fails or is missed delays a stream by at most a second.
 */
@Injectable()
export class EventsAnnouncer {
  private readonly logger = new Logger(EventsAnnouncer.name);
  /** The embedded database has one process, which learns of its own events without a notification. */
  private readonly isShared: boolean;
  /** Users with events that are not announced. */
  private readonly users = new Set<string>();
  private isHeardElsewhere = false;
  /** The earliest time of the next statement, by `performance.now()`. */
  private nextAt = 0;
  private isPending = false;
  /** The number of sessions of this process that hear of events: zero or one. The streams set it. */
  ownListeners: 0 | 1 = 0;

  constructor(
    private readonly prisma: PrismaService,
    private readonly database: Database,
    { databaseUrl }: AppConfig,
    emitter: ServiceEmitter,
  ) {
    this.isShared = databaseUrl !== undefined;
    if (this.isShared) emitter.listen(EventsStoredEvent, ({ requests }) => this.announce(requests));
  }

  /**
   * Whether a transaction of the host must notify at its commit. This process learns of such a commit only by the notification.
   * The answer may be a second old.
   */
  get isHeard(): boolean {
    if (this.isShared && !this.isHeardElsewhere && performance.now() >= this.nextAt) this.schedule();
    return this.isHeardElsewhere || this.ownListeners > 0;
  }

  private announce(requests: readonly PublishRequest[]): void {
    if (!this.isHeardElsewhere && performance.now() < this.nextAt) return;
    for (const { events } of requests) for (const { userId } of events) this.users.add(userId);
    this.schedule();
  }

  private schedule(): void {
    if (this.isPending) return;
    this.isPending = true;
    const waitMs = this.nextAt - performance.now();
    if (waitMs > 0) setTimeout(() => void this.send(), waitMs).unref();
    else void this.send();
  }

  private async send(): Promise<void> {
    const notice = storedNotice(PROCESS_ID, this.users);
    this.users.clear();
    try {
      const rows = await this.prisma.queryDirectly(announceStatement(this.database.schema, notice, this.ownListeners));
      this.isHeardElsewhere = rows.length > 0;
    } catch (error) {
      this.logger.debug(`Stored events were not announced: ${(error as Error).message}`);
    }
    this.nextAt = performance.now() + (this.isHeardElsewhere ? INTERVAL_MS : UNHEARD_INTERVAL_MS);
    this.isPending = false;
    if (this.users.size > 0) this.schedule();
  }
}
