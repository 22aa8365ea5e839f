import { Injectable } from '@nestjs/common';
import { QueueStatementEndedEvent } from '../queue/queue-statement-ended.event.js';
import { ServiceEmitter } from '../runtime/service-emitter.js';

/** The events of the largest step. Such a step holds its locks for milliseconds. */
const MAX_STEP = 500;
const MIN_STEP = 50;
/** The steps per second of a slow recovery. A larger step would delay the deliveries of others more at once. */
const STEPS_PER_SECOND = 2;

/** Events per second before the first step. */
const FIRST_RATE = 1_000;
/** At this rate, steps follow each other without a wait. It is higher than a server takes (`npm run bench -- owners`). */
const FULL_RATE = 16_000;

/** The time constant of the measured rates, in milliseconds. A burst of one batch is forgotten after about a second. */
const MEMORY_MS = 500;
/** The capacity that a process is assumed to have at least, in attempts per second. */
const LEAST_CAPACITY = 2_000;
/** The time after which half of the measured capacity is forgotten. Receivers and payloads change. */
const CAPACITY_HALF_LIFE_MS = 600_000;
/**
 * The part of the capacity from which on other deliveries are busy. Next to a recovered backlog, a webhook with as much to do
 * gets half of the capacity.
 */
const BUSY = 1 / 3;
/** The part of the capacity that a recovery takes from busy deliveries. Each event costs its queueing and its delivery. */
const BUSY_SHARE = 1 / 20;

/**
 * How fast this process queues the events of recoveries: at full speed, unless its other deliveries need its time.
 *
 * A recovery begins slowly and doubles its rate with each step, like the slow start of a connection (RFC 5681). The first
 * steps show whether other deliveries are busy. The unit is attempts per second. Attempts of recoveries count for the capacity
 * only.
 */
@Injectable()
export class RecoveryPace {
  private readonly all = new RecentRate();
  private readonly others = new RecentRate();
  /** Attempts per second at the time `highestAt`. Both are written by `count` and read by `capacity`. */
  private highest = LEAST_CAPACITY;
  private highestAt = performance.now();
  /** Events per second. Written by `stepped`; read by `step` and `stepped`. */
  private rate = FIRST_RATE;

  constructor(emitter: ServiceEmitter) {
    emitter.listen(QueueStatementEndedEvent, ({ operation, counts }) => {
      if (operation === 'settle' && counts) this.count(counts.items, counts.recovered ?? 0);
    });
  }

  /** The number of events of the next step. */
  get step(): number {
    return Math.max(MIN_STEP, Math.min(MAX_STEP, Math.floor(this.rate / STEPS_PER_SECOND)));
  }

  /**
   * Notes that a step was made.
   *
   * @param events the number of its events
   * @param tookMs its duration in milliseconds
   * @returns the milliseconds to wait before the next step
   */
  stepped(events: number, tookMs: number): number {
    const now = performance.now();
    const capacity = this.capacity(now);
    const isBusy = this.others.at(now) > capacity * BUSY;
    this.rate = isBusy ? capacity * BUSY_SHARE : Math.min(FULL_RATE, this.rate * 2);
    return this.rate === FULL_RATE ? 0 : Math.max(0, (events * 1_000) / this.rate - tookMs);
  }

  private count(attempts: number, recovered: number): void {
    const now = performance.now();
    this.all.add(attempts, now);
    this.others.add(attempts - recovered, now);
    this.highest = this.capacity(now);
    this.highestAt = now;
  }

  /** The highest recent rate of attempts. */
  private capacity(now: number): number {
    const kept = this.highest * 2 ** ((this.highestAt - now) / CAPACITY_HALF_LIFE_MS);
    return Math.max(LEAST_CAPACITY, kept, this.all.at(now));
  }
}

/** A rate per second, averaged over the last time with weights that fall exponentially. */
class RecentRate {
  private sum = 0;
  private since = 0;

  add(count: number, now: number): void {
    this.sum = this.left(now) + count;
    this.since = now;
  }

  at(now: number): number {
    return (this.left(now) * 1_000) / MEMORY_MS;
  }

  private left(now: number): number {
    return this.sum * Math.exp((this.since - now) / MEMORY_MS);
  }
}
