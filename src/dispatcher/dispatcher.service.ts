import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { Database } from '../database/database.js';
import { DELIVERIES_QUEUED_CHANNEL, DeliveriesQueuedEvent, noticedWebhooks } from '../queue/deliveries-queued.event.js';
import { AttemptRates } from '../queue/attempt-rates.js';
import { FastPath } from '../queue/fast-path.js';
import { OutboxService } from '../queue/outbox.service.js';
import { RecurringJobs } from '../runtime/recurring-jobs.js';
import { ServiceEmitter } from '../runtime/service-emitter.js';
import { WEBHOOK_INVALIDATED_CHANNEL, WebhookInvalidatedEvent } from '../webhooks/webhook-invalidated.event.js';
import { WebhookDeletingEvent } from '../webhooks/webhook-deleting.event.js';
import { AttemptMaker } from './attempt-maker.js';
import { Capacity, type LeaseSource } from './capacity.js';
import { Completer } from './completer.js';
import { Executor } from './executor.js';
import { Fetcher } from './fetcher.js';
import { OpenLeases } from './open-leases.js';
import { Reservations } from './reservations.js';
import { Scheduler } from './scheduler.js';
import { TargetHosts } from './target-hosts.js';

/** The interval of scans. A scan finds deliveries that became due by time: retries, and deliveries whose lease ended. */
const POLL_INTERVAL_MS = 1_000;

/**
 * The life cycle of dispatch, and its wiring: events, notifications of PostgreSQL and a clock wake the fetcher. A process
 * that dies loses no delivery: when its leases end, its deliveries are due again.
 *
 * Invariant: nothing is claimed, reserved or started before the bootstrap, or after the shutdown begins. `docs/dispatch.md`
 * shows the parts and one delivery's way through them.
 */
@Injectable()
export class DispatcherService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(DispatcherService.name);
  private readonly capacity: Capacity;
  private readonly leases: OpenLeases;
  private readonly scheduler: Scheduler;
  private readonly fetcher: Fetcher;
  private readonly executor: Executor;
  private readonly reservations: Reservations;

  constructor(
    outbox: OutboxService,
    maker: AttemptMaker,
    completer: Completer,
    private readonly fastPath: FastPath,
    private readonly database: Database,
    private readonly config: AppConfig,
    hosts: TargetHosts,
    rates: AttemptRates,
    emitter: ServiceEmitter,
    jobs: RecurringJobs,
  ) {
    const { dispatchConcurrency, dispatchConcurrencyPerWebhook: slotsPerWebhook, deliveryTimeoutMs } = config;
    const capacity = (this.capacity = new Capacity(dispatchConcurrency));
    const leases = (this.leases = new OpenLeases(deliveryTimeoutMs));
    const scheduler = (this.scheduler = new Scheduler(capacity, hosts, slotsPerWebhook, rates));
    const queues = { scheduler, capacity, leases, slotsPerWebhook };
    const fetcher = (this.fetcher = new Fetcher({ ...queues, outbox }, () => this.executor.run()));
    const executor = (this.executor = new Executor({ ...queues, maker, completer, fetcher, deliveryTimeoutMs }));
    this.reservations = new Reservations({ ...queues, fetcher, executor });

    emitter.listen(DeliveriesQueuedEvent, (event) => this.onQueued(event));
    emitter.listen(WebhookInvalidatedEvent, (event) => fetcher.invalidate(event.webhookUuid));
    emitter.on(WebhookDeletingEvent.eventName, this.onDeleting.bind(this) as (event: WebhookDeletingEvent) => void);
    jobs.every(POLL_INTERVAL_MS, 'due deliveries', () => this.poll());
  }

  async onApplicationBootstrap(): Promise<void> {
    if (this.config.role === 'api') return;
    await this.database.listen({
      [DELIVERIES_QUEUED_CHANNEL]: (notice) => this.onQueued({ webhooks: noticedWebhooks(notice) }),
      [WEBHOOK_INVALIDATED_CHANNEL]: (webhookUuid) => this.fetcher.invalidate(webhookUuid),
    });
    this.capacity.open();
    this.fetcher.requestScan();
    this.fastPath.register(this.reservations);
  }

  /** The number of attempts that are not settled: their requests are in flight, or just answered. */
  get unsettledAttempts(): number {
    return this.capacity.unsettledAttempts;
  }

  /** The number of leased deliveries from a source that wait for a slot. */
  bufferedFrom(source: LeaseSource): number {
    return this.capacity.bufferedFrom(source);
  }

  poll(): void {
    this.scheduler.tick();
    this.scan();
  }

  /** Releases late deliveries, and requests claims for all webhooks with due deliveries. */
  scan(): void {
    this.fetcher.release(this.scheduler.dropLate());
    for (const queue of this.scheduler.all()) this.fetcher.requestMore(queue);
    this.fetcher.requestScan();
  }

  private onQueued({ webhooks }: { webhooks: readonly string[] | undefined }): void {
    if (this.config.role === 'api') return;
    if (webhooks) this.fetcher.add(webhooks);
    else this.scan();
  }

  private async onDeleting({ webhookUuid }: WebhookDeletingEvent): Promise<void> {
    this.fetcher.invalidate(webhookUuid);
    await this.executor.abort(webhookUuid);
  }

  /** Stops claims, releases buffered deliveries, and waits for attempts in flight, at most until their deadlines. */
  async beforeApplicationShutdown(): Promise<void> {
    this.capacity.close();
    await this.leases.allClosed();
    await this.fetcher.endLeases(this.scheduler.clear());
    const { unsettledAttempts: count } = this.capacity;
    if (count > 0) this.logger.log(`Waiting for ${count} attempts in flight`);
    await this.executor.allSettled();
  }
}
