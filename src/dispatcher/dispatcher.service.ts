import { randomUUID } from 'node:crypto';
import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { LocalShortageError } from '../common/local-shortage.error.js';
import { AppConfig } from '../config/app-config.js';
import { Database } from '../database/database.js';
import { DELIVERIES_QUEUED_CHANNEL, DeliveriesQueuedEvent, noticedWebhooks } from '../queue/deliveries-queued.event.js';
import { LocalClaimant, type Claimant } from '../queue/local-claimant.js';
import {
  FIRST_WEBHOOK,
  WEBHOOKS_PER_CLAIM,
  type Claim,
  type ClaimedDelivery,
  type ClaimRequest,
  type LeasedDeliveries,
  type LeaseTerms,
  type NewEvent,
} from '../queue/outbox.js';
import { OutboxService } from '../queue/outbox.service.js';
import { RecurringJobs } from '../runtime/recurring-jobs.js';
import { ServiceEmitter } from '../runtime/service-emitter.js';
import { WEBHOOK_CHANGED_CHANNEL, WebhookChangedEvent } from '../webhooks/webhook-changed.event.js';
import { WebhookDeletedEvent } from '../webhooks/webhook-deleted.event.js';
import { AttemptMaker } from './attempt-maker.js';
import { Deadline } from './deadline.js';
import type { Lane, WaitingDelivery } from './lane.js';
import { Lanes } from './lanes.js';
import { NotReadyError } from './not-ready.error.js';
import { offerOf, OpenOffers } from './offers.js';
import { SettlementBatcher } from './settlement-batcher.js';
import { WebhookGoneError } from './target-errors.js';
import { TargetHosts } from './target-hosts.js';

/** Finds what became due by time alone: retries, and deliveries whose lease ran out. */
const POLL_INTERVAL_MS = 1_000;
/** How long a claimed delivery may wait for its slot. */
const MAX_WAIT_MS = 5_000;
/** What a lease has beside the wait and the attempt's deadline, for the claim's and the settlement's own time. */
const LEASE_MARGIN_MS = 5_000;
/**
 * How much of deliveries may wait in memory until no more are claimed, and how much of those that came straight from where
 * they were stored until no more do: a backlog does not fill it, and neither kind takes the other's share.
 */
const MAX_WAITING_BYTES = 16 * 1_048_576;
/** The end of a longer pause is left to the clock. */
const WATCHED_PAUSE_MS = 60_000;
/** How long nothing is sent after an attempt failed for want of this machine's own means. */
const HOLD_OFF_MS = 1_000;

interface Attempt {
  delivery: ClaimedDelivery;
  deadline: Deadline;
  /** Resolves when the attempt is recorded. */
  done: Promise<void>;
}

/**
 * Sends what is due. Woken by events, by PostgreSQL's notifications and by a clock, it claims deliveries under a lease,
 * signs and sends each, and has the outcome recorded. A process that dies in between loses nothing: when the lease ends
 * the delivery is due again.
 *
 * Every webhook has a {@link Lane}; lanes take turns, so that a busy or hanging webhook only holds its own slots.
 */
@Injectable()
export class DispatcherService implements Claimant, OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(DispatcherService.name);
  /** Made and not yet recorded; bounded by the configured concurrency. */
  private readonly attempts = new Set<Attempt>();
  /** Leased and not yet made. */
  private readonly lanes: Lanes;
  private readonly offers = new OpenOffers();
  /** The webhooks at which something may be due, in the order they will be looked at. */
  private readonly hints = new Set<string>();
  /** Whether a tour over all webhooks that have pending deliveries is under way, and behind which of them it goes on. */
  private touring = false;
  private cursor = FIRST_WEBHOOK;
  private stopping = false;
  /** Set while a host's rate makes deliveries wait. */
  private pumping: NodeJS.Timeout | undefined;
  /** Whether this machine is short of file descriptors or the like, and what is claimed waits for a moment. */
  private holdingOff = false;
  private wakeUp: () => void = () => undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly outbox: OutboxService,
    private readonly maker: AttemptMaker,
    private readonly settlements: SettlementBatcher,
    private readonly claimant: LocalClaimant,
    private readonly database: Database,
    private readonly config: AppConfig,
    hosts: TargetHosts,
    emitter: ServiceEmitter,
    jobs: RecurringJobs,
  ) {
    emitter.listen(DeliveriesQueuedEvent, (event) => this.onQueued(event));
    emitter.listen(WebhookChangedEvent, (event) => this.onChanged(event));
    emitter.on(WebhookDeletedEvent.eventName, this.onDeleted.bind(this) as (event: WebhookDeletedEvent) => void);
    jobs.every(POLL_INTERVAL_MS, 'due deliveries', () => this.poll());
    this.lanes = new Lanes(hosts, config.dispatchConcurrencyPerWebhook);
  }

  async onApplicationBootstrap(): Promise<void> {
    if (this.config.role === 'api') return;
    await this.database.listen({
      [DELIVERIES_QUEUED_CHANNEL]: (notice) => this.onQueued({ webhooks: noticedWebhooks(notice) }),
      [WEBHOOK_CHANGED_CHANNEL]: (webhookUuid) => this.refresh(webhookUuid),
    });
    this.touring = true;
    this.running = this.run();
    this.claimant.register(this);
  }

  poll(): void {
    this.lanes.tick();
    this.tour();
  }

  /** Looks for what became due anywhere. */
  tour(): void {
    this.giveBack(this.lanes.dropLate());
    for (const lane of this.lanes.all()) this.rest(lane);
    this.touring = true;
    this.wakeUp();
  }

  /** Looks at these webhooks now, or at all when none are named. */
  onQueued({ webhooks }: { webhooks: readonly string[] | undefined }): void {
    if (this.config.role === 'api') return;
    if (webhooks === undefined) return this.tour();
    for (const webhookUuid of webhooks) this.hints.add(webhookUuid);
    if (webhooks.length > 0) this.wakeUp();
  }

  /** How many attempts are in flight or wait to be recorded. */
  get attemptsInFlight(): number {
    return this.attempts.size;
  }

  /** Hands back what waits for the webhook: its URL or secret changed, or it was paused or disabled. */
  onChanged({ webhookUuid }: WebhookChangedEvent): void {
    this.refresh(webhookUuid);
  }

  async onDeleted({ webhookUuid }: WebhookDeletedEvent): Promise<void> {
    this.refresh(webhookUuid);
    const theirs = [...this.attempts].filter(({ delivery }) => delivery.webhookUuid === webhookUuid);
    for (const { deadline } of theirs) deadline.abort(new WebhookGoneError());
    await Promise.all(theirs.map(({ done }) => done));
  }

  /**
   * Takes new deliveries straight to work: of webhooks that have shown that they are quick, what they send in a second; of
   * others, as long as there are free slots for more than few, what they have slots for.
   */
  offer(events: readonly NewEvent[]): LeaseTerms | undefined {
    const offer = offerOf(events);
    const bytes = this.lanes.waiting.intake.bytes + this.offers.bytes + offer.bytes;
    if (this.stopping || this.holdingOff || bytes > MAX_WAITING_BYTES) return undefined;
    const { isCrowded, room: slots } = this;
    const room = new Map<string, number>();
    for (const lane of this.lanes.all()) {
      if (!offer.events.has(lane.userId)) continue;
      const free = lane.straightRoom(isCrowded) - this.offers.eventsOf(lane.userId);
      room.set(lane.webhookUuid, Math.max(0, free));
    }
    // Of webhooks that nothing is known of, as many as there are slots for if each user has one.
    const share = Math.floor(slots / offer.events.size);
    const defaultRoom = isCrowded ? 0 : Math.min(this.config.dispatchConcurrencyPerWebhook, share);
    if (defaultRoom === 0 && ![...room.values()].some((free) => free > 0)) return undefined;
    const terms: LeaseTerms = { room, ...this.lease(), defaultRoom };
    this.offers.open(terms, offer);
    return terms;
  }

  take(terms: LeaseTerms, leased: LeasedDeliveries): void {
    this.hold(leased, 'intake', this.offers.close(terms)?.begun ?? 0);
    if (this.stopping) this.wakeUp();
    else this.pump();
  }

  /** Claims no more, hands back what waits, and lets what is in flight end, which the deadline bounds. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    this.wakeUp();
    await this.running;
    while (!this.offers.isEmpty) await new Promise<void>((resolve) => (this.wakeUp = resolve));
    await this.release(this.lanes.clear());
    if (this.attempts.size > 0) this.logger.log(`Waiting for ${this.attempts.size} attempts in flight`);
    await Promise.all([...this.attempts].map(({ done }) => done));
  }

  /** Whether as much is in flight, or claimed for it, as three quarters of the slots. */
  private get isCrowded(): boolean {
    return (this.attempts.size + this.lanes.waiting.claim.count) * 4 >= this.config.dispatchConcurrency * 3;
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      if (this.wanted > 0 && (this.hints.size > 0 || this.touring)) {
        try {
          if (this.hints.size > 0) await this.claimHinted();
          if (this.touring && this.wanted > 0) await this.claimOnTour();
          continue;
        } catch (error) {
          // The next poll tries again: a database that is away is not asked in a tight loop.
          this.logger.warn(`Claiming failed: ${(error as Error).message}`);
        }
      }
      await new Promise<void>((resolve) => (this.wakeUp = resolve));
    }
  }

  /**
   * How many deliveries to claim; none as long as it would be too few to be worth a claim. At first no more than there
   * are slots. When those are taken, as much again may wait: of webhooks that answer quickly, and one each of others.
   */
  private get wanted(): number {
    const { room } = this;
    const isWorthIt = room >= Math.max(1, this.config.dispatchConcurrency / 4);
    return isWorthIt && this.lanes.waiting.claim.bytes < MAX_WAITING_BYTES && !this.holdingOff ? room : 0;
  }

  private get room(): number {
    const { dispatchConcurrency } = this.config;
    const most = this.isCrowded ? dispatchConcurrency * 2 : dispatchConcurrency;
    return most - this.attempts.size - this.lanes.waiting.claim.count;
  }

  private async claimHinted(): Promise<void> {
    const webhooks: string[] = [];
    for (const webhookUuid of this.hints) {
      if (webhooks.length === WEBHOOKS_PER_CLAIM) break;
      this.hints.delete(webhookUuid);
      const lane = this.lanes.get(webhookUuid);
      if (lane?.isBusy(this.isCrowded)) lane.missClaim();
      else webhooks.push(webhookUuid);
    }
    if (webhooks.length === 0) return;
    try {
      const { full } = await this.claim({ webhooks });
      // Some may not have had their turn.
      if (full) this.onQueued({ webhooks });
    } catch (error) {
      // The lanes ask again; the tour finds the webhooks that have none.
      for (const webhookUuid of webhooks) this.lanes.get(webhookUuid)?.missClaim();
      this.touring = true;
      throw error;
    }
  }

  private async claimOnTour(): Promise<void> {
    const { cursor, full } = await this.claim({ cursor: this.cursor });
    // The one at which it ended may have more.
    if (full) this.hints.add(cursor);
    this.cursor = cursor;
    this.touring = cursor !== FIRST_WEBHOOK;
  }

  private async claim(from: ClaimRequest['from']): Promise<Claim> {
    const { dispatchConcurrencyPerWebhook } = this.config;
    const begun = performance.now();
    const defaultRoom = this.isCrowded ? 1 : dispatchConcurrencyPerWebhook;
    const { isCrowded } = this;
    const room = new Map(
      'cursor' in from
        ? this.lanes.all().map((lane) => [lane.webhookUuid, lane.tourRoom(isCrowded)])
        : from.webhooks
            .flatMap((id) => this.lanes.get(id) ?? [])
            .map((lane) => [lane.webhookUuid, lane.room(isCrowded)]),
    );
    const claim = await this.outbox.claim({
      from,
      limit: this.wanted,
      maxBytes: MAX_WAITING_BYTES - this.lanes.waiting.claim.bytes,
      defaultRoom,
      room,
      ...this.lease(),
    });
    for (const { webhookUuid } of claim.deliveries) {
      room.set(webhookUuid, (room.get(webhookUuid) ?? defaultRoom) - 1);
    }
    this.hold(claim, 'claim', begun);
    for (const [webhookUuid, left] of room) {
      const lane = this.lanes.get(webhookUuid);
      if (!lane) continue;
      // A tour may not have come to a lane that has room.
      if (left <= 0 || 'webhooks' in from) lane.backlogged = left <= 0 || lane.isHeldBack;
      if ('webhooks' in from) lane.expectant = false;
      this.rest(lane);
    }
    this.pump();
    return claim;
  }

  private lease(): Pick<LeaseTerms, 'leaseMs' | 'leaseToken'> {
    return { leaseMs: MAX_WAIT_MS + this.config.deliveryTimeoutMs + LEASE_MARGIN_MS, leaseToken: randomUUID() };
  }

  /** @param begun when they began to be leased, by `performance.now()` */
  private hold({ deliveries, now }: LeasedDeliveries, source: WaitingDelivery['source'], begun: number): void {
    const sendBefore = begun + MAX_WAIT_MS;
    const { heldBack, stale } = this.lanes.hold(deliveries, { source, clock: clockFrom(now), begun, sendBefore });
    void this.release(heldBack);
    this.giveBack(stale);
  }

  /** Begins attempts while there are slots. */
  private pump(): void {
    const { dispatchConcurrency } = this.config;
    const { late, again } = this.lanes.takeTurns(
      () => {
        const { size } = this.attempts;
        if (size >= dispatchConcurrency || this.holdingOff) return 'none';
        return size * 2 >= dispatchConcurrency ? 'few' : 'many';
      },
      (lane, held) => this.begin(lane, held),
    );
    this.giveBack(late);
    if (again === undefined || this.pumping) return;
    this.pumping = setTimeout(() => {
      this.pumping = undefined;
      this.pump();
    }, again).unref();
  }

  private begin(lane: Lane, held: WaitingDelivery): void {
    lane.inFlight += 1;
    held.host.begin();
    lane.deadline = Deadline.join(lane.deadline, this.config.deliveryTimeoutMs);
    const attempt: Attempt = { delivery: held.delivery, deadline: lane.deadline, done: Promise.resolve() };
    this.attempts.add(attempt);
    attempt.done = this.attempt(lane, attempt, held);
  }

  private async attempt(lane: Lane, attempt: Attempt, { host, clock }: WaitingDelivery): Promise<void> {
    const { delivery, deadline } = attempt;
    const made = await this.maker.make(delivery, clock, deadline.signal).catch((error: Error) => {
      this.notAttempted(lane, delivery, error);
    });
    deadline.leave();
    // What waits may only go on when the pause is recorded, or the next claim would not know of it.
    const pauses = made !== undefined && (made.settlement.pauseMs !== null || made.settlement.gone);
    if (pauses) lane.pause();
    lane.inFlight -= 1;
    host.end();
    if (made) lane.noteAnswer(made.outcome);
    this.lanes.queueTurn(lane);
    this.pump();
    if (made) await this.settlements.settle(made);
    this.attempts.delete(attempt);
    if (pauses) {
      lane.resume();
      this.lookAfter(made.settlement.pauseMs, lane.webhookUuid);
    }
    // After a pause one delivery was claimed, to try the webhook: now all of it may follow.
    if (delivery.throttleCount > 0 && made?.outcome.error === null) lane.backlogged = true;
    this.rest(lane);
    this.pump();
  }

  /** Goes on at the end of a pause, not at the next tick of the clock: a second more would double a pause of one. */
  private lookAfter(pauseMs: number | null, webhookUuid: string): void {
    if (pauseMs === null || pauseMs > WATCHED_PAUSE_MS) return;
    setTimeout(() => this.onQueued({ webhooks: [webhookUuid] }), pauseMs).unref();
  }

  private notAttempted(lane: Lane, delivery: ClaimedDelivery, error: Error): void {
    if (error instanceof NotReadyError) return void this.awaitReady(lane, delivery, error);
    if (!(error instanceof LocalShortageError)) {
      // It is due again when its lease ends.
      this.logger.error(`Delivery ${delivery.id} was not attempted: ${error.message}`);
      return;
    }
    if (!this.holdingOff) {
      this.logger.warn(
        `Sending is held off for ${HOLD_OFF_MS} ms: this machine is short of something: ${error.message}`,
      );
      this.holdingOff = true;
      setTimeout(() => {
        this.holdingOff = false;
        this.pump();
        this.wakeUp();
      }, HOLD_OFF_MS).unref();
    }
    this.giveBack([delivery]);
  }

  /** Hands back what waits for the webhook until it is ready: others get its slots. */
  private async awaitReady(lane: Lane, delivery: ClaimedDelivery, { settled }: NotReadyError): Promise<void> {
    lane.pause();
    this.refresh(lane.webhookUuid);
    this.giveBack([delivery]);
    await settled;
    lane.resume();
    this.onQueued({ webhooks: [lane.webhookUuid] });
  }

  /** After a lane has changed: asks for more, or forgets it. */
  private rest(lane: Lane): void {
    if (lane.wantsMore(this.isCrowded)) {
      lane.backlogged = false;
      lane.expectant = true;
      this.hints.add(lane.webhookUuid);
    }
    this.lanes.forgetIdle(lane);
    if (this.hints.size > 0 || this.touring) this.wakeUp();
  }

  /**
   * Hands back what waits for a webhook, and what a claim under way will bring, so that it is claimed anew.
   *
   * @param webhookUuid empty when any webhook may have changed
   */
  private refresh(webhookUuid: string): void {
    this.giveBack(this.lanes.change(webhookUuid));
  }

  private giveBack(held: ClaimedDelivery[]): void {
    if (held.length === 0) return;
    const webhooks = [...new Set(held.map(({ webhookUuid }) => webhookUuid))];
    void this.release(held).finally(() => this.onQueued({ webhooks }));
  }

  private async release(held: ClaimedDelivery[]): Promise<void> {
    if (held.length === 0) return;
    await this.outbox
      .release(held)
      .catch((error: Error) => this.logger.warn(`${held.length} deliveries wait for their lease: ${error.message}`));
  }
}

/** The database's time, carried on by this process's monotonic clock: its wall clock may be wrong. */
function clockFrom(now: number): () => number {
  const begin = performance.now();
  return () => now + (performance.now() - begin);
}
