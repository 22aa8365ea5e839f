import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { QueueStatementEndedEvent } from '../queue/queue-statement-ended.event.js';
import { AttemptRates } from '../queue/attempt-rates.js';
import { ServiceEmitter } from '../runtime/service-emitter.js';
import { RecoveryPace } from './recovery-pace.js';

const STEP_MS = 10;

describe('The pace of recoveries', () => {
  let now = 0;
  let emitter: ServiceEmitter;
  let pace: RecoveryPace;

  beforeEach(() => {
    now = 1_000_000;
    jest.spyOn(performance, 'now').mockImplementation(() => now);
    emitter = new ServiceEmitter();
    pace = new RecoveryPace(new AttemptRates(emitter));
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  /** Lets time pass with attempts at a rate per second. */
  function pass(ms: number, { others = 0, recovered = 0 }: { others?: number; recovered?: number }): void {
    const items = ((others + recovered) * STEP_MS) / 1_000;
    const counts = { items, recovered: (recovered * STEP_MS) / 1_000 };
    for (const end = now + ms; now < end; now += STEP_MS) {
      emitter.emit(QueueStatementEndedEvent.eventName, new QueueStatementEndedEvent('settle', 1, counts));
    }
  }

  /** The events that are queued in a second, with steps of 10 ms. */
  function queuedInASecond(traffic: Parameters<typeof pass>[1]): number {
    let queued = 0;
    for (const end = now + 1_000; now < end;) {
      const { stepSize } = pace;
      queued += stepSize;
      const waitMs = pace.stepEnded(stepSize, STEP_MS);
      pass(STEP_MS + waitMs, traffic);
    }
    return queued;
  }

  it('reaches full speed within a second when nothing else is to be done', () => {
    queuedInASecond({});
    expect(pace.stepSize).toBe(500);
    expect(pace.stepEnded(500, STEP_MS)).toBe(0);
  });

  it('is not slowed by its own deliveries, nor by a process that has much time left', () => {
    queuedInASecond({ recovered: 5_000 });
    expect(pace.stepEnded(500, STEP_MS)).toBe(0);
    queuedInASecond({ recovered: 5_000, others: 500 });
    expect(pace.stepEnded(500, STEP_MS)).toBe(0);
  });

  it('takes a fortieth of the peak rate while the live load is high, in small steps', () => {
    pass(5_000, { others: 4_000 });
    queuedInASecond({ others: 4_000 });
    const queued = queuedInASecond({ others: 4_000 });
    expect(queued).toBeGreaterThan(75);
    expect(queued).toBeLessThan(250);
    expect(pace.stepSize).toBeLessThanOrEqual(75);
  });

  it('yields to deliveries that share the process with a recovered backlog, and goes on after them', () => {
    queuedInASecond({ recovered: 4_000 });
    queuedInASecond({ recovered: 2_000, others: 2_000 });
    expect(queuedInASecond({ recovered: 2_000, others: 2_000 })).toBeLessThan(400);
    pass(2_000, {});
    queuedInASecond({});
    queuedInASecond({});
    expect(pace.stepEnded(500, STEP_MS)).toBe(0);
  });

  it('forgets what the process once could do', () => {
    pass(5_000, { others: 20_000 });
    now += 3_600_000;
    pass(5_000, { others: 2_000 });
    expect(queuedInASecond({ others: 2_000 })).toBeLessThan(1_500);
    expect(queuedInASecond({ others: 2_000 })).toBeLessThan(300);
  });

  it('ignores statements that failed, and statements that record nothing', () => {
    for (const event of [
      new QueueStatementEndedEvent('settle', 1, undefined),
      new QueueStatementEndedEvent('claim', 1, { items: 100_000 }),
    ]) {
      emitter.emit(QueueStatementEndedEvent.eventName, event);
    }
    queuedInASecond({});
    expect(pace.stepEnded(500, STEP_MS)).toBe(0);
  });
});
