import { Injectable } from '@nestjs/common';
import { ServiceEmitter } from '../runtime/service-emitter.js';
import { QueueStatementEndedEvent } from './queue-statement-ended.event.js';

/** The time constant of the measured rates, in milliseconds. A burst of one batch is forgotten within a second. */
const MEMORY_MS = 250;
/** The peak rate that a process is assumed to have at least, in attempts per second. */
const LEAST_PEAK_RATE = 4_000;
/** The time after which half of the measured peak rate is forgotten. Receivers and payloads change. */
const PEAK_HALF_LIFE_MS = 600_000;
/**
 * The part of the peak rate from which on the live load is high. Next to a recovered backlog, a webhook with as much to do
 * gets half of the peak rate.
 */
const HIGH_LOAD = 1 / 3;
/** The part of the peak rate that recoveries may take while the live load is high. */
const RECOVERY_SHARE = 1 / 40;

/**
 * The rates of the attempts that this process settles, per second: of all attempts, and of live ones. An attempt is live unless it
 * is the first after a recovery queued its delivery. Retries of such a delivery are live. Recoveries yield while the live load is
 * high.
 */
@Injectable()
export class AttemptRates {
  private readonly all = new RecentRate();
  private readonly live = new RecentRate();
  /** Attempts per second at the time `highestAt`. Both are written by `count` and read by `peakRate`. */
  private highest = LEAST_PEAK_RATE;
  private highestAt = performance.now();

  /** Written and read by `takeRecoveryTurn`. */
  private nextTurnAt = 0;

  constructor(emitter: ServiceEmitter) {
    emitter.listen(QueueStatementEndedEvent, ({ operation, counts }) => {
      if (operation === 'settle' && counts) this.count(counts.items, counts.recovered ?? 0);
    });
  }

  /** The highest recent rate of all attempts: the attempts per second that this process can make. */
  get peakRate(): number {
    const now = performance.now();
    const kept = this.highest * 2 ** ((this.highestAt - now) / PEAK_HALF_LIFE_MS);
    return Math.max(LEAST_PEAK_RATE, kept, this.all.at(now));
  }

  /** Whether live attempts take a large part of the peak rate. */
  get isLiveLoadHigh(): boolean {
    return this.live.at(performance.now()) > this.peakRate * HIGH_LOAD;
  }

  /** The events that recoveries may queue per second, and the attempts that they may make, while the live load is high. */
  get recoveryRate(): number {
    return this.peakRate * RECOVERY_SHARE;
  }

  /** Takes a turn for a delivery of a recovery while the live load is high, if {@link recoveryRate} has one now. */
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
    this.highest = this.peakRate;
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
