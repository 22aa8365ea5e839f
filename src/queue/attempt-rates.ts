import { Injectable } from '@nestjs/common';
import { ServiceEmitter } from '../runtime/service-emitter.js';
import { QueueStatementEndedEvent } from './queue-statement-ended.event.js';

/** The time constant of the measured rates, in milliseconds. A burst of one batch is forgotten within a second. */
const MEMORY_MS = 250;
/** The capacity that a process is assumed to have at least, in attempts per second. */
const LEAST_CAPACITY = 4_000;
/** The time after which half of the measured capacity is forgotten. Receivers and payloads change. */
const CAPACITY_HALF_LIFE_MS = 600_000;
/**
 * The part of the capacity from which on live deliveries are busy. Next to a recovered backlog, a webhook with as much to do
 * gets half of the capacity.
 */
const BUSY = 1 / 3;
/** The part of the capacity that recoveries may take from busy deliveries. */
const RECOVERY_SHARE = 1 / 40;

/**
 * The rates of the attempts that this process settles, per second: of all deliveries, and of live ones. A delivery is live
 * unless a recovery queued it. Recoveries yield while live deliveries are busy.
 */
@Injectable()
export class AttemptRates {
  private readonly all = new RecentRate();
  private readonly live = new RecentRate();
  /** Attempts per second at the time `highestAt`. Both are written by `count` and read by `capacity`. */
  private highest = LEAST_CAPACITY;
  private highestAt = performance.now();

  /** Written and read by `takeRecoveryTurn`. */
  private nextTurnAt = 0;

  constructor(emitter: ServiceEmitter) {
    emitter.listen(QueueStatementEndedEvent, ({ operation, counts }) => {
      if (operation === 'settle' && counts) this.count(counts.items, counts.recovered ?? 0);
    });
  }

  /** The highest recent rate of all attempts: the attempts per second that this process can make. */
  get capacity(): number {
    const now = performance.now();
    const kept = this.highest * 2 ** ((this.highestAt - now) / CAPACITY_HALF_LIFE_MS);
    return Math.max(LEAST_CAPACITY, kept, this.all.at(now));
  }

  /** Whether live deliveries take a large part of the capacity. */
  get isBusy(): boolean {
    return this.live.at(performance.now()) > this.capacity * BUSY;
  }

  /** The events that recoveries may queue per second, and the attempts that they may make, while live deliveries are busy. */
  get recoveryRate(): number {
    return this.capacity * RECOVERY_SHARE;
  }

  /** Takes a turn for a delivery of a recovery while live deliveries are busy, if {@link recoveryRate} has one now. */
  takeRecoveryTurn(): boolean {
    const now = performance.now();
    if (now < this.nextTurnAt) return false;
    this.nextTurnAt = now + 1_000 / this.recoveryRate;
    return true;
  }

  private count(attempts: number, recovered: number): void {
    const now = performance.now();
    this.all.add(attempts, now);
    this.live.add(attempts - recovered, now);
    this.highest = this.capacity;
    this.highestAt = now;
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
