import { Injectable } from '@nestjs/common';
import { AttemptRates } from '../queue/attempt-rates.js';

/** The limits of the size of a step, in events. The largest step holds its locks for milliseconds. */
const MAX_STEP_SIZE = 500;
const MIN_STEP_SIZE = 50;
/** The steps per second of a slow recovery. A larger step would delay live deliveries more at once. */
const STEPS_PER_SECOND = 2;

/** Events per second before the first step. */
const FIRST_RATE = 1_000;
/** At this rate, steps follow each other without a wait. It is higher than a server takes (`npm run bench -- owners`). */
const FULL_RATE = 16_000;

/**
 * How fast this process queues the events of recoveries: at full speed, unless live deliveries need its time. A step queues the
 * events of one statement.
 *
 * A recovery begins slowly and doubles its rate with each step, like the slow start of a connection (RFC 5681). The first
 * steps show whether the live load is high.
 */
@Injectable()
export class RecoveryPace {
  /** Events per second. Written by `stepEnded`; read by `stepSize` and `stepEnded`. */
  private rate = FIRST_RATE;

  constructor(private readonly rates: AttemptRates) {}

  /** The number of events of the next step. */
  get stepSize(): number {
    return Math.max(MIN_STEP_SIZE, Math.min(MAX_STEP_SIZE, Math.floor(this.rate / STEPS_PER_SECOND)));
  }

  /**
   * Adapts the rate after a step.
   *
   * @param events the number of its events
   * @param tookMs its duration in milliseconds
   * @returns the milliseconds to wait before the next step
   */
  stepEnded(events: number, tookMs: number): number {
    const { isLiveLoadHigh, recoveryRate } = this.rates;
    this.rate = isLiveLoadHigh ? recoveryRate : Math.min(FULL_RATE, this.rate * 2);
    return this.rate === FULL_RATE ? 0 : Math.max(0, (events * 1_000) / this.rate - tookMs);
  }
}
