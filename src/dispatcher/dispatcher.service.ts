import { randomUUID } from 'node:crypto';
import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import { Interval } from '@nestjs/schedule';
import { AppConfig } from '../config/app-config.js';
import { Database } from '../database/database.js';
import { DELIVERIES_QUEUED_CHANNEL, DeliveriesQueuedEvent } from '../deliveries/deliveries-queued.event.js';
import { FIRST_WEBHOOK, OutboxRepository, type ClaimedDelivery } from '../deliveries/outbox.repository.js';
import { WEBHOOK_CHANGED_CHANNEL, WebhookChangedEvent } from '../webhooks/webhook-changed.event.js';
import { WebhookDeletedEvent } from '../webhooks/webhook-deleted.event.js';
import { AttemptMaker } from './attempt-maker.js';
import { Lane, type WaitingDelivery } from './lane.js';
import { SettlementBatcher } from './settlement-batcher.js';
import { WebhookGoneError } from './target-errors.js';

/** Finds what became due by time alone: retries, and deliveries whose lease ran out. */
const POLL_INTERVAL_MS = 1_000;
/** How long a claimed delivery may wait for its slot. */
const MAX_WAIT_MS = 5_000;
/** What a lease has beside the wait and the attempt's deadline, for the claim's and the settlement's own time. */
const LEASE_MARGIN_MS = 5_000;
/** How long a deleted webhook is remembered: longer than a claim that began before the deletion can take. */
const DELETED_MEMORY_MS = 60_000;

interface Attempt {
  delivery: ClaimedDelivery;
  abort: AbortController;
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
export class DispatcherService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(DispatcherService.name);
  /** Made and not yet recorded; bounded by the configured concurrency. */
  private readonly attempts = new Set<Attempt>();
  private readonly lanes = new Map<string, Lane>();
  /** The lanes that can send, in the order of their turns. */
  private readonly turns: Lane[] = [];
  private readonly deleted = new Set<string>();
  /** How many deliveries wait in all lanes. */
  private waiting = 0;
  private cursor = FIRST_WEBHOOK;
  /** Whether the tour over all webhooks that the cursor is on has found anything. */
  private fruitful = false;
  private hinted = false;
  private stopping = false;
  private wakeUp: () => void = () => undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly outbox: OutboxRepository,
    private readonly maker: AttemptMaker,
    private readonly settlements: SettlementBatcher,
    private readonly database: Database,
    private readonly config: AppConfig,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (this.config.role === 'api') return;
    await this.database.listen({
      [DELIVERIES_QUEUED_CHANNEL]: () => this.wake(),
      [WEBHOOK_CHANGED_CHANNEL]: (webhookUuid) => this.refresh(webhookUuid),
    });
    this.hinted = true;
    this.running = this.run();
  }

  /** Looks for due deliveries now. */
  @OnEvent(DeliveriesQueuedEvent.eventName)
  @Interval(POLL_INTERVAL_MS)
  wake(): void {
    this.hinted = true;
    this.wakeUp();
  }

  /** How many attempts are in flight or wait to be recorded. */
  get attemptsInFlight(): number {
    return this.attempts.size;
  }

  /** What waits for the webhook was claimed with an address or a secret that may have changed: it is claimed anew. */
  @OnEvent(WebhookChangedEvent.eventName)
  onChanged({ webhookUuid }: WebhookChangedEvent): void {
    this.refresh(webhookUuid);
  }

  @OnEvent(WebhookDeletedEvent.eventName, { suppressErrors: false })
  async onDeleted({ webhookUuid }: WebhookDeletedEvent): Promise<void> {
    // A claim that read the webhook before it was deleted may still come back with its deliveries.
    this.deleted.add(webhookUuid);
    setTimeout(() => this.deleted.delete(webhookUuid), DELETED_MEMORY_MS).unref();
    const lane = this.lanes.get(webhookUuid);
    if (lane) this.giveBack(this.emptied(lane));
    const theirs = [...this.attempts].filter(({ delivery }) => delivery.webhookUuid === webhookUuid);
    for (const { abort } of theirs) abort.abort(new WebhookGoneError());
    await Promise.all(theirs.map(({ done }) => done));
  }

  /** Claims no more, hands back what waits, and lets what is in flight end, which the deadline bounds. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    this.wakeUp();
    await this.running;
    await this.release([...this.lanes.values()].flatMap((lane) => this.emptied(lane)));
    if (this.attempts.size > 0) this.logger.log(`Waiting for ${this.attempts.size} attempts in flight`);
    await Promise.all([...this.attempts].map(({ done }) => done));
  }

  /** Whether more than half of what this process may hold, in flight or waiting, is taken. */
  private get isCrowded(): boolean {
    return this.attempts.size + this.waiting >= this.config.dispatchConcurrency;
  }

  private async run(): Promise<void> {
    const { dispatchConcurrency } = this.config;
    const worthwhile = Math.max(1, dispatchConcurrency / 4);
    while (!this.stopping) {
      const room = dispatchConcurrency * 2 - this.attempts.size - this.waiting;
      if (this.hinted && room >= worthwhile) {
        this.hinted = false;
        // On an error the next poll tries again: a database that is away is not asked in a tight loop.
        await this.claim(room).catch((error: Error) => this.logger.warn(`Claiming failed: ${error.message}`));
      } else {
        await new Promise<void>((resolve) => (this.wakeUp = resolve));
      }
    }
  }

  private async claim(limit: number): Promise<void> {
    const { dispatchConcurrencyPerWebhook, deliveryTimeoutMs } = this.config;
    const begin = this.cursor;
    const sendBefore = performance.now() + MAX_WAIT_MS;
    const defaultRoom = this.isCrowded ? 1 : dispatchConcurrencyPerWebhook;
    const room = new Map([...this.lanes.values()].map((lane) => [lane.webhookUuid, lane.room(this.isCrowded)]));
    const { deliveries, cursor, now } = await this.outbox.claim({
      cursor: begin,
      limit,
      defaultRoom,
      room,
      leaseMs: MAX_WAIT_MS + deliveryTimeoutMs + LEASE_MARGIN_MS,
      leaseToken: randomUUID(),
    });
    this.cursor = cursor;
    this.keepTouring(begin, deliveries.length > 0);
    const clock = clockFrom(now);
    for (const delivery of deliveries) {
      const { webhookUuid } = delivery;
      room.set(webhookUuid, (room.get(webhookUuid) ?? defaultRoom) - 1);
      this.hold({ delivery, clock, sendBefore });
    }
    for (const [webhookUuid, left] of room) {
      const lane = this.lanes.get(webhookUuid);
      if (!lane) continue;
      lane.backlogged = left <= 0;
      lane.expectant = false;
      this.rest(lane);
    }
    this.pump();
  }

  /** A tour of several claims may have left something behind, until one finds nothing at all. */
  private keepTouring(begin: string, found: boolean): void {
    this.fruitful ||= found;
    if (this.cursor !== FIRST_WEBHOOK) {
      this.hinted = true;
    } else {
      // One of a single claim has left nothing but what found its lane full.
      if (begin !== FIRST_WEBHOOK && this.fruitful) this.hinted = true;
      this.fruitful = false;
    }
  }

  private hold(held: WaitingDelivery): void {
    const { webhookUuid } = held.delivery;
    if (this.deleted.has(webhookUuid)) return this.giveBack([held]);
    let lane = this.lanes.get(webhookUuid);
    if (!lane) {
      lane = new Lane(webhookUuid, this.config.dispatchConcurrencyPerWebhook);
      this.lanes.set(webhookUuid, lane);
    }
    lane.add(held);
    this.waiting += 1;
    this.queueTurn(lane);
  }

  private queueTurn(lane: Lane): void {
    if (lane.queued || !lane.canSend) return;
    lane.queued = true;
    this.turns.push(lane);
  }

  /** Begins attempts, one of each lane in turn, while there are slots. */
  private pump(): void {
    const { dispatchConcurrency } = this.config;
    const tooLate: WaitingDelivery[] = [];
    const passedOver: Lane[] = [];
    while (this.attempts.size < dispatchConcurrency) {
      const lane = this.turns.shift();
      if (!lane) break;
      if (!lane.maySend(this.attempts.size * 2 >= dispatchConcurrency)) {
        passedOver.push(lane);
        continue;
      }
      lane.queued = false;
      const before = lane.size;
      const next = lane.take(performance.now(), tooLate);
      this.waiting -= before - lane.size;
      if (next) this.begin(lane, next);
      this.queueTurn(lane);
    }
    for (const lane of passedOver) {
      lane.queued = false;
      this.queueTurn(lane);
    }
    if (tooLate.length > 0) this.giveBack(tooLate);
  }

  private begin(lane: Lane, { delivery, clock }: WaitingDelivery): void {
    lane.inFlight += 1;
    const attempt: Attempt = { delivery, abort: new AbortController(), done: Promise.resolve() };
    this.attempts.add(attempt);
    attempt.done = this.attempt(lane, attempt, clock);
  }

  private async attempt(lane: Lane, attempt: Attempt, clock: () => number): Promise<void> {
    const made = await this.maker.make(attempt.delivery, clock, attempt.abort).catch((error: Error) => {
      this.logger.error(`Delivery ${attempt.delivery.id} was not attempted: ${error.message}`);
    });
    // What waits may only go on when the pause is recorded, or the next claim would not know of it.
    const pauses = made !== undefined && (made.settlement.pauseMs !== null || made.settlement.gone);
    if (pauses) lane.paused = true;
    lane.inFlight -= 1;
    if (made) lane.noteAnswer(made.outcome);
    this.queueTurn(lane);
    this.pump();
    // One that was not attempted is due again when its lease ends.
    if (made) await this.settlements.settle(made);
    this.attempts.delete(attempt);
    if (pauses) {
      this.giveBack(this.emptied(lane));
      lane.paused = false;
    }
    this.rest(lane);
    this.pump();
  }

  /** After a lane has changed: asks for more, or forgets it. */
  private rest(lane: Lane): void {
    if (lane.wantsMore(this.isCrowded)) {
      lane.backlogged = false;
      lane.expectant = true;
      this.hinted = true;
    }
    if (lane.isIdle) this.lanes.delete(lane.webhookUuid);
    if (this.hinted) this.wakeUp();
  }

  /** @param webhookUuid empty when any webhook may have changed */
  private refresh(webhookUuid: string): void {
    const lanes = webhookUuid === '' ? [...this.lanes.values()] : [this.lanes.get(webhookUuid)];
    for (const lane of lanes) if (lane) this.giveBack(this.emptied(lane));
  }

  private emptied(lane: Lane): WaitingDelivery[] {
    const held = lane.clear();
    this.waiting -= held.length;
    return held;
  }

  private giveBack(held: WaitingDelivery[]): void {
    void this.release(held).finally(() => this.wake());
  }

  private async release(held: WaitingDelivery[]): Promise<void> {
    if (held.length === 0) return;
    await this.outbox
      .release(held.map(({ delivery }) => delivery))
      .catch((error: Error) => this.logger.warn(`${held.length} deliveries wait for their lease: ${error.message}`));
  }
}

/** The database's time, carried on by this process's monotonic clock: its wall clock may be wrong. */
function clockFrom(now: number): () => number {
  const begin = performance.now();
  return () => now + (performance.now() - begin);
}
