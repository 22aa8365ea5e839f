import { Logger } from '@nestjs/common';
import { FIRST_WEBHOOK, WEBHOOKS_PER_CLAIM } from '../queue/claim-limits.js';
import type { Claim, ClaimRequest, LeasedDeliveries, LeasedDelivery } from '../queue/outbox.types.js';
import type { OutboxService } from '../queue/outbox.service.js';
import type { Capacity, LeaseSource } from './capacity.js';
import type { DemandSource, EndpointQueue } from './endpoint-queue.js';
import type { OpenLease, OpenLeases } from './open-leases.js';
import type { Scheduler } from './scheduler.js';

/** A scan over all webhooks that have pending deliveries. */
interface Scan {
  /** The next claim looks after this webhook. */
  readonly after: string;
  /** Whether another scan was requested while this one runs. */
  readonly again: boolean;
}

/** The parts of dispatch that the fetcher uses. */
export interface FetcherParts {
  readonly outbox: OutboxService;
  readonly scheduler: Scheduler;
  readonly capacity: Capacity;
  readonly leases: OpenLeases;
  /** The number of deliveries to claim for a webhook without a queue. */
  readonly slotsPerWebhook: number;
}

/**
 * Claims due deliveries for which there is capacity, hands them to the scheduler, and releases those that can't be sent.
 *
 * Invariants: one claim is under way at a time. A webhook that may have more due deliveries is in the due set, has a queue
 * with `mayHaveMore`, or waits for a scan. The clock requests a scan every second. A failed claim leaves its webhooks in the
 * due set.
 */
export class Fetcher {
  private readonly logger = new Logger(Fetcher.name);
  /** The due set, in the order of the next claims. Written by `add`, `requestMore`, `claimDue`; read by `claimDue`. */
  private readonly due = new Set<string>();
  /** The scan that is pending or under way. Written by `requestScan` and `claimScan`; read by `fetch`. */
  private scan: Scan | undefined;
  /** The webhooks whose next claim waits for their rate limit. Written and read by `requestLater`. */
  private readonly rateTimers = new Set<string>();
  /** Whether `fetch` runs. Written by `wake` and `fetch`; read by `wake`. */
  private isFetching = false;

  /** @param onArrival called after deliveries were handed to the scheduler */
  constructor(
    private readonly parts: FetcherParts,
    private readonly onArrival: () => void,
  ) {}

  /** Adds webhooks to the due set. */
  add(webhooks: readonly string[]): void {
    for (const webhookUuid of webhooks) this.due.add(webhookUuid);
    this.wake();
  }

  /** Requests a scan of all webhooks that have pending deliveries. */
  requestScan(): void {
    const { after, again } = this.scan ?? { after: FIRST_WEBHOOK, again: false };
    this.scan = { after, again: again || after !== FIRST_WEBHOOK };
    this.wake();
  }

  /** Adds the webhook of a queue to the due set if a claim is worth its cost. */
  requestMore(queue: EndpointQueue): void {
    if (queue.wantsMore(this.parts.capacity.leasePressure)) {
      queue.markRequested();
      this.due.add(queue.webhookUuid);
    }
    this.wake();
  }

  /** Adds the webhook at the end of its pause. Waiting for the next tick of the clock could double a pause of one second. */
  scheduleResume(webhookUuid: string, pauseMs: number): void {
    setTimeout(() => this.add([webhookUuid]), pauseMs).unref();
  }

  /** Starts claiming. A `fetch` under way checks for more work itself. */
  wake(): void {
    if (this.isFetching || !this.isNeeded) return;
    this.isFetching = true;
    // Webhooks that this turn of the event loop still adds to the due set join the claim.
    queueMicrotask(() => void this.fetch());
  }

  /** Buffers leased deliveries, and closes the lease. */
  receive(lease: OpenLease, { deliveries, now }: LeasedDeliveries, source: LeaseSource): void {
    const isInvalidated = this.parts.leases.close(lease);
    const arrival = { source, clock: clockFrom(now), sendBefore: lease.sendBefore };
    const unsent = deliveries.filter(
      (delivery) => isInvalidated(delivery.webhookUuid) || !this.parts.scheduler.buffer(delivery, arrival),
    );
    this.release(unsent);
  }

  /**
   * Releases the buffered deliveries of a webhook, and those that arrive through the leases open now.
   *
   * @param webhookUuid empty if any webhook may have changed
   */
  invalidate(webhookUuid: string): void {
    this.parts.leases.invalidate(webhookUuid);
    this.release(this.parts.scheduler.clear(webhookUuid));
  }

  /** Releases deliveries: ends their leases, and adds their webhooks to the due set. */
  release(deliveries: readonly LeasedDelivery[]): void {
    if (deliveries.length === 0) return;
    const webhooks = [...new Set(deliveries.map(({ webhookUuid }) => webhookUuid))];
    void this.endLeases(deliveries).then(() => this.add(webhooks));
  }

  /** Ends leases: the deliveries are due at once. Never rejects. After a failure the leases end by themselves. */
  async endLeases(deliveries: readonly LeasedDelivery[]): Promise<void> {
    if (deliveries.length === 0) return;
    await this.parts.outbox.release(deliveries).catch((error: Error) => {
      const count = deliveries.length;
      this.logger.warn(`${count} deliveries were not released and wait until their lease ends: ${error.message}`);
    });
  }

  private get isNeeded(): boolean {
    return (this.due.size > 0 || this.scan !== undefined) && this.parts.capacity.claimable > 0;
  }

  private async fetch(): Promise<void> {
    try {
      while (this.isNeeded) {
        if (this.due.size > 0) await this.claimDue();
        if (this.scan && this.parts.capacity.claimable > 0) await this.claimScan(this.scan.after);
      }
    } catch (error) {
      // The next wake claims again. A loop here would call an unavailable database without a break.
      this.logger.warn(`Claiming failed: ${(error as Error).message}`);
    }
    this.isFetching = false;
  }

  private async claimDue(): Promise<void> {
    const { scheduler, capacity } = this.parts;
    const { leasePressure } = capacity;
    const webhooks: string[] = [];
    for (const webhookUuid of this.due) {
      if (webhooks.length === WEBHOOKS_PER_CLAIM) break;
      this.due.delete(webhookUuid);
      const queue = scheduler.get(webhookUuid);
      if (queue?.canSkipClaim(leasePressure)) queue.noteMore(true);
      else webhooks.push(webhookUuid);
    }
    if (webhooks.length === 0) return;
    try {
      const { limited, rateLimited } = await this.claim({ webhooks });
      for (const webhookUuid of webhooks) {
        const queue = scheduler.get(webhookUuid);
        queue?.noteMore(limited.has(webhookUuid) || queue.isSaturated);
      }
      this.requestLimited(limited);
      this.requestLater(rateLimited);
    } catch (error) {
      for (const webhookUuid of webhooks) this.due.add(webhookUuid);
      throw error;
    }
    this.onArrival();
  }

  private async claimScan(after: string): Promise<void> {
    const { cursor, limited, rateLimited } = await this.claim({ cursor: after });
    for (const webhookUuid of limited) this.parts.scheduler.get(webhookUuid)?.suspectMore();
    this.requestLimited(limited);
    this.requestLater(rateLimited);
    const again = this.scan?.again ?? false;
    if (cursor !== FIRST_WEBHOOK) this.scan = { after: cursor, again };
    else this.scan = again ? { after: FIRST_WEBHOOK, again: false } : undefined;
    this.onArrival();
  }

  private requestLimited(limited: ReadonlySet<string>): void {
    for (const webhookUuid of limited) {
      const queue = this.parts.scheduler.get(webhookUuid);
      if (queue) this.requestMore(queue);
      else this.due.add(webhookUuid);
    }
  }

  /** Requests claims for webhooks whose rate limit allows no more deliveries now. */
  private requestLater(rateLimited: ReadonlyMap<string, number>): void {
    for (const [webhookUuid, waitMs] of rateLimited) {
      if (this.rateTimers.has(webhookUuid)) continue;
      this.rateTimers.add(webhookUuid);
      setTimeout(() => {
        this.rateTimers.delete(webhookUuid);
        this.add([webhookUuid]);
      }, waitMs).unref();
    }
  }

  private async claim(from: ClaimRequest['from']): Promise<Claim> {
    const { outbox, leases, capacity } = this.parts;
    const demand = this.demandOf(from);
    const lease = leases.open();
    const { leaseToken, leaseMs } = lease;
    const { claimable: limit, claimableBytes: maxBytes } = capacity;
    let claim: Claim | undefined;
    try {
      claim = await outbox.claim({ from, limit, maxBytes, ...demand, leaseToken, leaseMs });
      return claim;
    } finally {
      this.receive(lease, claim ?? { deliveries: [], now: 0 }, 'claim');
    }
  }

  /** The demand of the queues of a claim, if it differs from the demand of a webhook without a queue. */
  private demandOf(from: ClaimRequest['from']): Pick<ClaimRequest, 'demand' | 'defaultDemand'> {
    const { scheduler, capacity, slotsPerWebhook } = this.parts;
    const { leasePressure } = capacity;
    const defaultDemand = leasePressure ? 1 : slotsPerWebhook;
    const isScan = 'cursor' in from;
    const source: DemandSource = isScan ? 'scan' : 'due';
    const demand = new Map<string, number>();
    for (const queue of isScan ? scheduler.all() : from.webhooks.flatMap((id) => scheduler.get(id) ?? [])) {
      const wanted = queue.demand(source, leasePressure);
      if (wanted !== defaultDemand) demand.set(queue.webhookUuid, wanted);
    }
    return { demand, defaultDemand };
  }
}

/** The database's time, advanced by the monotonic clock of this process. The wall clock of the process may be wrong. */
function clockFrom(now: number): () => number {
  const begin = performance.now();
  return () => now + (performance.now() - begin);
}
