import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { RecurringJobs } from '../runtime/recurring-jobs.js';
import {
  BACKLOG_STATES,
  DELIVERIES_LIMIT,
  FiguresRepository,
  type Backlog,
  type UnhealthyWebhooks,
} from './figures.repository.js';
import { MetricsRegistry } from './metrics-registry.js';
import { BREAKER } from '../webhooks/webhook-health.js';

const INTERVAL_MS = 10_000;
/** After a refresh, this many times its duration pass before the next: it takes at most 2 % of one connection. */
const REST = 50;

/**
 * Figures about the whole database: the backlog, and the health of webhooks. Each process reads them for itself every ten
 * seconds, and a scrape shows the last result. All processes show the same figures: use their maximum, not their sum.
 */
@Injectable()
export class BacklogMetrics implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(BacklogMetrics.name);
  private readonly deliveries: Gauge<'state'>;
  private readonly saturated: Gauge<'state'>;
  private readonly oldestDue: Gauge;
  private readonly webhooks: Gauge<'state'>;
  private readonly breakers: Gauge;
  private readonly refreshedAt: Gauge;
  private readonly refreshDuration: Gauge;
  private refreshing: Promise<void> | undefined;
  /** A time of `performance.now()`. */
  private restsUntil = 0;
  private hasFailed = false;

  constructor(
    private readonly figures: FiguresRepository,
    registry: MetricsRegistry,
    jobs: RecurringJobs,
  ) {
    const registers = [registry];
    const labelNames = ['state'] as const;
    this.deliveries = new Gauge({
      name: 'docmap_backlog_deliveries',
      help: `Pending deliveries that no process has leased, counted up to ${DELIVERIES_LIMIT} for each state.`,
      labelNames,
      registers,
    });
    this.saturated = new Gauge({
      name: 'docmap_backlog_saturated',
      help: '1 if docmap_backlog_deliveries has reached its limit: there are at least as many deliveries.',
      labelNames,
      registers,
    });
    this.oldestDue = new Gauge({
      name: 'docmap_backlog_oldest_due_age_seconds',
      help: 'The longest time for which a delivery of a webhook that is not paused has been due. 0 if none is due.',
      registers,
    });
    this.webhooks = new Gauge({
      name: 'docmap_webhooks',
      help: 'Webhooks that are not healthy, by state.',
      labelNames,
      registers,
    });
    this.breakers = new Gauge({
      name: 'docmap_circuit_breakers_open',
      help: `Webhooks that are paused after ${BREAKER.failures} or more failures in a row.`,
      registers,
    });
    this.refreshedAt = new Gauge({
      name: 'docmap_backlog_refresh_timestamp_seconds',
      help: 'When this process read the figures of the backlog and of webhooks.',
      registers,
    });
    this.refreshDuration = new Gauge({
      name: 'docmap_backlog_refresh_duration_seconds',
      help: 'How long the last reading took, over all its statements.',
      registers,
    });
    // A gauge without labels begins at 0. Before the first reading, nothing is known.
    for (const gauge of [this.oldestDue, this.breakers, this.refreshedAt, this.refreshDuration]) gauge.remove();
    jobs.every(INTERVAL_MS, 'figures of the backlog', () => this.refresh());
  }

  onApplicationBootstrap(): void {
    void this.refresh();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.refreshing;
  }

  /** Reads the figures. A call during a reading waits for it, and starts no other. Never rejects. */
  refresh(): Promise<void> {
    if (performance.now() < this.restsUntil) return Promise.resolve();
    this.refreshing ??= this.read().finally(() => (this.refreshing = undefined));
    return this.refreshing;
  }

  private async read(): Promise<void> {
    const begin = performance.now();
    try {
      const backlog = await this.figures.backlog();
      this.show(backlog, await this.figures.unhealthyWebhooks());
      this.hasFailed = false;
      this.refreshDuration.set((performance.now() - begin) / 1_000);
      this.refreshedAt.setToCurrentTime();
      this.restsUntil = performance.now() + REST * (performance.now() - begin);
    } catch (error) {
      // The old figures stay, and their time shows their age.
      if (!this.hasFailed) this.logger.warn(`The figures of the backlog are not updated: ${(error as Error).message}`);
      this.hasFailed = true;
    }
  }

  private show(backlog: Backlog, { failing, paused, halfOpen, disabled, breakersOpen }: UnhealthyWebhooks): void {
    for (const state of BACKLOG_STATES) {
      this.deliveries.set({ state }, backlog[state]);
      this.saturated.set({ state }, Number(backlog[state] >= DELIVERIES_LIMIT));
    }
    this.oldestDue.set(backlog.oldestDueSeconds);
    for (const [state, count] of Object.entries({ failing, paused, 'half-open': halfOpen, disabled })) {
      this.webhooks.set({ state }, count);
    }
    this.breakers.set(breakersOpen);
  }
}
