import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { uuidV7Floor } from '../common/ids.js';
import { AppConfig } from '../config/app-config.js';
import { RecurringJobs } from '../runtime/recurring-jobs.js';
import { ServiceEmitter } from '../runtime/service-emitter.js';
import { WebhooksService } from '../webhooks/webhooks.service.js';
import { BatchSize } from './batch-size.js';
import { daysBefore, periodsOf, type Period } from './retention-periods.js';
import { FIRST_ID, RetentionRepository, type Batch, type Removed } from './retention.repository.js';
import { REMOVED_KINDS, RowsRemovedEvent, type RemovedRows } from './rows-removed.event.js';

const DAY_MS = 86_400_000;
/** Short, because a run removes what has expired since the run before. Many rows at once would delay other statements. */
const INTERVAL_MS = 60_000;
/** The first run is early, because a process may end before the second. Its time is random, because processes start together. */
const FIRST_RUN_EARLIEST_MS = 1_000;
export const FIRST_RUN_LATEST_MS = 10_000;

/** The passes of a period over rows of which some stay. */
interface Pass {
  /** The last row that the latest pass examined. */
  end: string;
  /** When a pass began at the oldest row, in milliseconds since 1970. */
  fullAt: number;
}

/**
 * Removes old rows in batches. Events, deliveries and attempts are removed when they are older than the retention of their event
 * type: `RETENTION_DAYS_BY_EVENT`, or `RETENTION_DAYS`. Recoveries are removed when they are older than `RETENTION_DAYS`, API keys
 * when they ended that long ago. Idempotency keys are removed with the first events: a repeated request needs both. Signing secrets
 * are removed when they no longer sign.
 */
@Injectable()
export class RetentionService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(RetentionService.name);
  private firstRun: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private stopping = false;
  private readonly periods: readonly Period[];
  /** Where the passes of periods begin that keep rows of other types, by kind of rows and days. */
  private readonly passes = new Map<string, Pass>();

  constructor(
    private readonly repository: RetentionRepository,
    private readonly webhooks: WebhooksService,
    private readonly config: AppConfig,
    private readonly emitter: ServiceEmitter,
    jobs: RecurringJobs,
  ) {
    this.periods = periodsOf(config);
    jobs.every(INTERVAL_MS, 'retention', () => this.removeExpired());
  }

  onApplicationBootstrap(): void {
    const wait = FIRST_RUN_EARLIEST_MS + Math.random() * (FIRST_RUN_LATEST_MS - FIRST_RUN_EARLIEST_MS);
    this.firstRun = setTimeout(() => void this.removeExpired(), wait).unref();
  }

  /** Removes all expired rows. A call during a run waits for that run and starts no other. */
  removeExpired(): Promise<void> {
    this.running ??= this.remove().finally(() => (this.running = undefined));
    return this.running;
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearTimeout(this.firstRun);
    this.stopping = true;
    await this.running;
  }

  private async remove(): Promise<void> {
    const started = performance.now();
    const rows = Object.fromEntries(REMOVED_KINDS.map((kind) => [kind, 0])) as RemovedRows;
    const now = Date.now();
    const before = daysBefore(now, this.config.retentionDays);
    const shortest = daysBefore(now, this.periods[0]?.days ?? this.config.retentionDays);
    const { repository } = this;
    // At the same time: a kind with many expired rows does not delay the others.
    const works = [
      this.removeByType('attempts', rows, now, (batch) => repository.deleteAttempts(batch)),
      this.removeByType('events', rows, now, (batch) => repository.deleteEvents(batch)),
      this.removeAll('idempotency_keys', rows, (size) => repository.deleteIdempotencyKeys(shortest, size)),
      this.removeAll('recoveries', rows, (size) => repository.deleteRecoveries(before, size))
        .then(() => this.removeAll('api_keys', rows, (size) => repository.deleteApiKeys(before, size)))
        .then(() => this.webhooks.forgetExpiredSecrets()),
    ];
    for (const result of await Promise.allSettled(works)) {
      if (result.status === 'fulfilled') continue;
      this.logger.warn(`Retention stopped and continues later: ${(result.reason as Error).message}`);
    }
    this.report(rows, performance.now() - started);
  }

  private async removeAll(
    kind: keyof RemovedRows,
    rows: RemovedRows,
    remove: (size: number) => Promise<number>,
  ): Promise<void> {
    const size = new BatchSize();
    for (let isFull = true; isFull && !this.stopping;) {
      const [asked, began] = [size.rows, performance.now()];
      const removed = await remove(asked);
      size.took(performance.now() - began);
      rows[kind] += removed;
      isFull = removed === asked;
    }
  }

  /** Removes the rows of each period. The longest period has all rows that are left, and few of them stay. */
  private async removeByType(
    kind: 'attempts' | 'events',
    rows: RemovedRows,
    now: number,
    remove: (batch: Batch) => Promise<Removed>,
  ): Promise<void> {
    const longest = uuidV7Floor(daysBefore(now, this.periods.at(-1)?.days ?? 0).getTime());
    for (const { days, types } of this.periods) {
      const before = daysBefore(now, days);
      if (types === 'all') {
        await this.pass({ before, types, after: FIRST_ID }, rows, remove);
        continue;
      }
      const key = `${kind} ${days}`;
      const known = this.passes.get(key);
      // A pass examines rows that stay. The next one therefore begins where it ended, and once per day at the beginning, for
      // events that were pending and rows that were locked.
      const isFull = known === undefined || now - known.fullAt > DAY_MS;
      const end = await this.pass({ before, types, after: isFull ? longest : known.end }, rows, remove);
      if (!this.stopping) this.passes.set(key, { end, fullAt: isFull ? now : known.fullAt });
    }
  }

  /** @returns the last row that was examined */
  private async pass(
    { after, ...batch }: Omit<Batch, 'rows'>,
    rows: RemovedRows,
    remove: (batch: Batch) => Promise<Removed>,
  ): Promise<string> {
    const size = new BatchSize();
    for (let end = after; ;) {
      if (this.stopping) return end;
      const began = performance.now();
      const removed = await remove({ ...batch, after: end, rows: size.rows });
      size.took(performance.now() - began);
      for (const kind of REMOVED_KINDS) rows[kind] += removed.rows[kind] ?? 0;
      if (removed.last === null) return end;
      end = removed.last;
    }
  }

  private report(rows: RemovedRows, durationMs: number): void {
    const counts = REMOVED_KINDS.filter((kind) => rows[kind] > 0).map((kind) => `${rows[kind]} ${kind}`);
    if (counts.length === 0) return;
    this.emitter.emit(RowsRemovedEvent.eventName, new RowsRemovedEvent(rows));
    const days = this.periods.map((period) => period.days).join(' or ');
    this.logger.log(`Removed ${counts.join(', ')} older than ${days} days in ${Math.round(durationMs)} ms`);
  }
}
