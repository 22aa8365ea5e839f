import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import { Interval } from '@nestjs/schedule';
import { randomUUID } from 'node:crypto';
import { uuidV7 } from '../common/ids.js';
import { AppConfig } from '../config/app-config.js';
import { Database } from '../database/database.js';
import type { AttemptOutcome } from '../deliveries/attempt-outcome.js';
import { DELIVERIES_QUEUED_CHANNEL, DeliveriesQueuedEvent } from '../deliveries/deliveries-queued.event.js';
import { CANCELLED, settlementOf } from '../deliveries/delivery-state.js';
import { FIRST_WEBHOOK, OutboxRepository, type ClaimedDelivery } from '../deliveries/outbox.repository.js';
import { SecretCipher } from '../webhooks/secret-cipher.js';
import { WebhookDeletedEvent } from '../webhooks/webhook-deleted.event.js';
import { RetrySchedule } from './retry-schedule.js';
import { SettlementBatcher } from './settlement-batcher.js';
import { signedRequest } from './signed-request.js';
import { DeadlineError, WebhookGoneError } from './target-errors.js';
import { WebhookSender, type WebhookRequest } from './webhook-sender.js';

/** Finds what became due by time alone: retries, and deliveries whose lease ran out. */
const POLL_INTERVAL_MS = 1_000;
/** A lease outlives the attempt's deadline by this much, for the claim's and the settlement's own time. */
const LEASE_MARGIN_MS = 10_000;
/** How long a deleted webhook is remembered: longer than a claim that began before the deletion can take. */
const DELETED_MEMORY_MS = 60_000;

interface Attempt {
  delivery: ClaimedDelivery;
  abort: AbortController;
  done: Promise<void>;
}

/**
 * Sends what is due. Woken by events, by PostgreSQL's notifications and by a clock, it claims deliveries under a lease,
 * signs and sends each, and has the outcome recorded. A process that dies in between loses nothing: when the lease ends
 * the delivery is due again.
 */
@Injectable()
export class DispatcherService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(DispatcherService.name);
  private readonly attempts = new Set<Attempt>();
  /** How many attempts each webhook has in flight. */
  private readonly inFlight = new Map<string, number>();
  /** Webhooks that may have more due than a claim could take, for want of slots. */
  private readonly backlogged = new Set<string>();
  private readonly deleted = new Set<string>();
  private cursor = FIRST_WEBHOOK;
  /** Whether the tour over all webhooks that the cursor is on has found anything. */
  private fruitful = false;
  private hinted = false;
  private stopping = false;
  private wakeUp: () => void = () => undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly outbox: OutboxRepository,
    private readonly settlements: SettlementBatcher,
    private readonly sender: WebhookSender,
    private readonly schedule: RetrySchedule,
    private readonly cipher: SecretCipher,
    private readonly database: Database,
    private readonly config: AppConfig,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (this.config.role === 'api') return;
    await this.database.listen(DELIVERIES_QUEUED_CHANNEL, () => this.wake());
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

  /** How many attempts are in flight. */
  get attemptsInFlight(): number {
    return this.attempts.size;
  }

  @OnEvent(WebhookDeletedEvent.eventName, { suppressErrors: false })
  async forget({ webhookUuid }: WebhookDeletedEvent): Promise<void> {
    // A claim that read the webhook before it was deleted may still come back with its deliveries.
    this.deleted.add(webhookUuid);
    setTimeout(() => this.deleted.delete(webhookUuid), DELETED_MEMORY_MS).unref();
    const theirs = [...this.attempts].filter(({ delivery }) => delivery.webhookUuid === webhookUuid);
    for (const { abort } of theirs) abort.abort(new WebhookGoneError());
    await Promise.all(theirs.map(({ done }) => done));
  }

  /** Claims no more, and lets what is in flight come to its end, which the deadline bounds. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    this.wakeUp();
    await this.running;
    if (this.attempts.size > 0) this.logger.log(`Waiting for ${this.attempts.size} attempts in flight`);
    await Promise.all([...this.attempts].map(({ done }) => done));
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      if (this.hinted && this.attempts.size < this.config.dispatchConcurrency) {
        this.hinted = false;
        // On an error the next poll tries again: a database that is away is not asked in a tight loop.
        await this.claim().catch((error: Error) => this.logger.warn(`Claiming failed: ${error.message}`));
      } else {
        await new Promise<void>((resolve) => (this.wakeUp = resolve));
      }
    }
  }

  private async claim(): Promise<void> {
    const { dispatchConcurrency, dispatchConcurrencyPerWebhook, deliveryTimeoutMs } = this.config;
    const begin = this.cursor;
    const taken = new Map(this.inFlight);
    const { deliveries, cursor, now } = await this.outbox.claim({
      cursor: begin,
      limit: dispatchConcurrency - this.attempts.size,
      limitPerWebhook: dispatchConcurrencyPerWebhook,
      inFlight: taken,
      leaseMs: deliveryTimeoutMs + LEASE_MARGIN_MS,
      leaseToken: randomUUID(),
    });
    this.cursor = cursor;
    const clock = clockFrom(now);
    for (const delivery of deliveries) {
      taken.set(delivery.webhookUuid, (taken.get(delivery.webhookUuid) ?? 0) + 1);
      this.begin(delivery, clock);
    }
    this.fruitful ||= deliveries.length > 0;
    if (cursor !== FIRST_WEBHOOK) {
      this.hinted = true;
    } else {
      // A tour of several claims may have left something behind, until one finds nothing at all. One of a single claim
      // has left nothing but what found its webhook's slots full.
      if (begin !== FIRST_WEBHOOK && this.fruitful) this.hinted = true;
      this.fruitful = false;
    }
    for (const [webhookUuid, count] of taken) {
      if (count < dispatchConcurrencyPerWebhook) continue;
      this.backlogged.add(webhookUuid);
      // Slots that were freed while the claim ran.
      if ((this.inFlight.get(webhookUuid) ?? 0) < dispatchConcurrencyPerWebhook) this.hinted = true;
    }
  }

  private begin(delivery: ClaimedDelivery, clock: () => number): void {
    const { webhookUuid } = delivery;
    this.inFlight.set(webhookUuid, (this.inFlight.get(webhookUuid) ?? 0) + 1);
    const attempt: Attempt = { delivery, abort: new AbortController(), done: Promise.resolve() };
    this.attempts.add(attempt);
    attempt.done = this.deliver(attempt, clock)
      // A sender or a schedule that somebody plugged in has thrown. The delivery is due again when its lease ends.
      .catch((error: Error) => this.logger.error(`Delivery ${delivery.id} was not attempted: ${error.message}`))
      .finally(() => this.end(attempt));
  }

  private end(attempt: Attempt): void {
    const { webhookUuid } = attempt.delivery;
    const count = this.inFlight.get(webhookUuid) ?? 1;
    const wasFull = this.attempts.size >= this.config.dispatchConcurrency;
    if (count > 1) this.inFlight.set(webhookUuid, count - 1);
    else this.inFlight.delete(webhookUuid);
    this.attempts.delete(attempt);
    // What found no slot is still due.
    if (this.backlogged.delete(webhookUuid) || wasFull) this.wake();
  }

  private async deliver({ delivery, abort }: Attempt, clock: () => number): Promise<void> {
    if (this.deleted.has(delivery.webhookUuid)) return;
    const startedAt = clock();
    const deadline = setTimeout(() => abort.abort(new DeadlineError()), this.config.deliveryTimeoutMs);
    const { request, outcome } = await this.attempt(delivery, startedAt, abort.signal);
    clearTimeout(deadline);
    const cutOff = outcome.error !== null && abort.signal.reason instanceof WebhookGoneError;
    const retryDelayMs = this.schedule.delayAfter(delivery.scheduleStep + 1);
    await this.settlements.settle({
      id: uuidV7(startedAt),
      delivery,
      createdAt: new Date(startedAt),
      requestHeaders: request?.headers ?? {},
      outcome,
      settlement: cutOff ? CANCELLED : settlementOf(outcome, retryDelayMs, delivery.throttleCount, clock()),
    });
  }

  private async attempt(
    delivery: ClaimedDelivery,
    now: number,
    signal: AbortSignal,
  ): Promise<{ request?: WebhookRequest; outcome: AttemptOutcome }> {
    let request: WebhookRequest;
    try {
      const { webhookUuid, secret, previousSecret } = delivery;
      const encrypted = previousSecret ? [secret, previousSecret] : [secret];
      request = signedRequest(
        delivery,
        encrypted.map((bytes) => this.cipher.decrypt(bytes, webhookUuid)),
        now,
      );
    } catch (error) {
      this.logger.error(`Delivery ${delivery.id} can't be signed: ${(error as Error).message}`);
      return { outcome: { response: null, error: 'the signing secret could not be read', durationMs: 0 } };
    }
    return { request, outcome: await this.sender.send(request, signal) };
  }
}

/** The database's time, carried on by this process's monotonic clock: its wall clock may be wrong. */
function clockFrom(now: number): () => number {
  const begin = performance.now();
  return () => now + (performance.now() - begin);
}
