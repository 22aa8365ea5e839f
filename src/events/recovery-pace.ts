import { Injectable } from '@nestjs/common';
import { AttemptRates } from '../queue/attempt-rates.js';

/** The events of the largest step. Such a step holds its locks for milliseconds. */
const MAX_STEP = 500;
const MIN_STEP = 50;
/** The steps per second of a slow recovery. A larger step would delay live deliveries more at once. */
const STEPS_PER_SECOND = 2;

/** Events per second before the first step. */
const FIRST_RATE = 1_000;
/** At this rate, steps follow each other without a wait. It is higher than a server takes (`npm run bench -- owners`). */
const FULL_RATE = 16_000;

/**
 * How fast this process queues the events of recoveries: at full speed, unless live deliveries need its time.
 *
 * A recovery begins slowly and doubles its rate with each step, like the slow start of a connection (RFC 5681). The first
 * steps show whether live deliveries are busy.
 */
@Injectable()
export class RecoveryPace {
  /** Events per second. Written by `stepped`; read by `step` and `stepped`. */
  private rate = FIRST_RATE;

  constructor(private readonly rates: AttemptRates) {}

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
    const { isBusy, recoveryRate } = this.rates;
    this.rate = isBusy ? recoveryRate : Math.min(FULL_RATE, this.rate * 2);
    return this.rate === FULL_RATE ? 0 : Math.max(0, (events * 1_000) / this.rate - tookMs);
  }
}
