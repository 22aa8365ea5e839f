import { Logger } from '@nestjs/common';
import { LocalShortageError } from '../common/local-shortage.error.js';
import type { LeasedDelivery } from '../queue/outbox.types.js';
import type { AttemptMaker } from './attempt-maker.js';
import type { Capacity } from './capacity.js';
import type { Completer } from './completer.js';
import type { Deadline } from './deadline.js';
import type { BufferedDelivery } from './buffered-delivery.js';
import type { EndpointQueue } from './endpoint-queue.js';
import type { Fetcher } from './fetcher.js';
import { NotReadyError } from './not-ready.error.js';
import type { Scheduler } from './scheduler.js';
import { WebhookDeletedError } from './target-errors.js';

/** The longest pause whose end has a timer. The scan finds the end of a longer one. */
const WATCHED_PAUSE_MS = 60_000;
/**
 * Sending is suspended for this time when this machine is out of file descriptors, buffers or memory, or the proxy is
 * unavailable. The line of the log says "paused".
 */
const SUSPENSION_MS = 1_000;
/** A suspension for the same reason within this time is the same occurrence. */
const REPEATED_SUSPENSION_MS = 60_000;

interface Attempt {
  readonly webhookUuid: string;
  readonly deadline: Deadline;
}

/** The parts of dispatch that the executor uses. */
export interface ExecutorParts {
  readonly maker: AttemptMaker;
  readonly completer: Completer;
  readonly scheduler: Scheduler;
  readonly fetcher: Fetcher;
  readonly capacity: Capacity;
  readonly deliveryTimeoutMs: number;
}

/**
 * Runs attempts: one for each turn of the scheduler.
 *
 * Invariants: a slot of the webhook is free when its request is answered. A slot of the process is free when the attempt is
 * settled. An answer may pause its webhook. The queue is blocked until this attempt is settled, because the next claim must
 * read the pause.
 */
export class Executor {
  private readonly logger = new Logger(Executor.name);
  /**
   * The attempts under way, each with a promise of its settling. Written by `start` and `attempt`; read by `abort` and
   * `allSettled`.
   */
  private readonly attempts = new Map<Attempt, Promise<void>>();
  /** Wakes `run` when a rate no longer makes a delivery wait, at a time of `performance.now()`. Written and read by `runAfter`. */
  private rateTimer: { at: number; timer: NodeJS.Timeout } | undefined;

  /** The last suspension, by `performance.now()`. Written and read by `warnOfSuspension`. */
  private lastSuspension = { message: '', at: -Infinity };

  constructor(private readonly parts: ExecutorParts) {}

  /** Starts attempts while there are turns. */
  run(): void {
    const { scheduler, fetcher } = this.parts;
    const late: LeasedDelivery[] = [];
    for (let turn = scheduler.next(); turn; turn = scheduler.next()) {
      late.push(...turn.late);
      if (turn.next) this.start(turn.queue, turn.next);
    }
    fetcher.release(late);
    const delayMs = scheduler.nextDelay();
    if (delayMs !== undefined) this.runAfter(delayMs);
  }

  /** Aborts the attempts at a webhook that was deleted. Resolves when they are settled. */
  async abort(webhookUuid: string): Promise<void> {
    const theirs = [...this.attempts].filter(([attempt]) => attempt.webhookUuid === webhookUuid);
    for (const [{ deadline }] of theirs) deadline.abort(new WebhookDeletedError());
    await Promise.all(theirs.map(([, settled]) => settled));
  }

  /** Resolves when the current attempts are settled. */
  async allSettled(): Promise<void> {
    await Promise.all(this.attempts.values());
  }

  private runAfter(delayMs: number): void {
    const at = performance.now() + delayMs;
    // A timer fires in a whole millisecond. A sooner one replaces it only for a difference that it can have.
    if (this.rateTimer && this.rateTimer.at <= at + 1) return;
    clearTimeout(this.rateTimer?.timer);
    const timer = setTimeout(() => {
      this.rateTimer = undefined;
      this.run();
    }, delayMs).unref();
    this.rateTimer = { at, timer };
  }

  private start(queue: EndpointQueue, item: BufferedDelivery): void {
    const { deliveryTimeoutMs } = this.parts;
    // The lease has room for the limit of the service, which may have become lower than that of the webhook.
    const timeoutMs = Math.min(item.delivery.timeoutMs ?? deliveryTimeoutMs, deliveryTimeoutMs);
    const deadline = queue.joinDeadline(timeoutMs);
    const attempt = { webhookUuid: queue.webhookUuid, deadline };
    this.attempts.set(attempt, this.attempt(queue, item, attempt));
  }

  private async attempt(queue: EndpointQueue, item: BufferedDelivery, attempt: Attempt): Promise<void> {
    const { maker, completer, scheduler, fetcher, capacity } = this.parts;
    const { delivery, target } = item;
    const made = await maker.make(item, attempt.deadline.signal).catch((error: Error) => {
      this.notAttempted(queue, delivery, error);
    });
    attempt.deadline.leave();
    const pauseMs = made?.settlement.pauseMs ?? null;
    const blocks = made !== undefined && (pauseMs !== null || made.settlement.gone);
    if (blocks) queue.block();
    // The request is answered: the host and the queue have a free slot. The process has one after the settlement (`capacity.end`).
    target.host.end();
    queue.answered(made?.outcome);
    scheduler.enter(queue);
    this.run();
    if (made) await completer.settle(made);
    this.attempts.delete(attempt);
    capacity.end();
    if (blocks) this.unblock(queue);
    if (pauseMs !== null && pauseMs <= WATCHED_PAUSE_MS) fetcher.scheduleResume(queue.webhookUuid, pauseMs);
    // Only one delivery was leased, to try the webhook after its pause. Its attempt is settled: the others may follow.
    if (delivery.throttleCount > 0 && made?.outcome.error === null) queue.suspectMore();
    // The next delivery of the extraction may follow, too.
    if (delivery.isOrdered) queue.suspectMore();
    fetcher.requestMore(queue);
    scheduler.forgetIdle(queue);
    this.run();
  }

  private notAttempted(queue: EndpointQueue, delivery: LeasedDelivery, error: Error): void {
    if (error instanceof NotReadyError) {
      void this.awaitReady(queue, delivery, error);
    } else if (error instanceof LocalShortageError) {
      this.suspend(error);
      this.parts.fetcher.release([delivery]);
    } else {
      // It is due again when its lease ends.
      this.logger.error(`Delivery ${delivery.id} was not attempted: ${error.message}`);
    }
  }

  /**
   * Releases the deliveries of a webhook until its requests are ready: other webhooks get its slots. The webhook is invalidated in
   * this process only.
   */
  private async awaitReady(queue: EndpointQueue, delivery: LeasedDelivery, { mayRetry }: NotReadyError): Promise<void> {
    const { fetcher } = this.parts;
    queue.block();
    fetcher.invalidate(queue.webhookUuid);
    fetcher.release([delivery]);
    await mayRetry;
    this.unblock(queue);
    fetcher.add([queue.webhookUuid]);
  }

  private unblock(queue: EndpointQueue): void {
    queue.unblock();
    this.parts.scheduler.enter(queue);
  }

  /** Warns once per occurrence: suspensions for one reason that follow one another have one line. */
  private warnOfSuspension(message: string): void {
    const now = performance.now();
    const isNew = message !== this.lastSuspension.message || now > this.lastSuspension.at + REPEATED_SUSPENSION_MS;
    this.lastSuspension = { message, at: now };
    if (isNew) this.logger.warn(`Sending is paused for ${SUSPENSION_MS} ms, and until this ends: ${message}`);
  }

  private suspend({ message }: LocalShortageError): void {
    const { capacity, fetcher } = this.parts;
    if (!capacity.suspend()) return;
    this.warnOfSuspension(message);
    setTimeout(() => {
      capacity.resume();
      this.run();
      fetcher.wake();
    }, SUSPENSION_MS).unref();
  }
}
