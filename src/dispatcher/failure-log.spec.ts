import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { SettledAttempt } from '../queue/outbox.js';
import { ServiceEmitter } from '../runtime/service-emitter.js';
import { AttemptsSettledEvent } from './attempts-settled.event.js';
import { FailureLog } from './failure-log.js';

const NOW = Date.UTC(2026, 10, 28, 9);
const WEBHOOKS = ['00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-8000-00000000000b'] as const;

function attempt(webhookUuid: string, changes: Partial<SettledAttempt> = {}): SettledAttempt {
  return {
    id: 'attempt-1',
    delivery: {
      id: 'delivery-1',
      eventType: 'extraction.completed',
      webhookUuid,
      url: 'https://example.com/hook?token=hunter2',
      attempts: 1,
    } as SettledAttempt['delivery'],
    createdAt: new Date(NOW),
    requestHeaders: { 'x-docmap-signature': 'sha256=hunter2' },
    outcome: {
      response: { status: 500, headers: {}, body: 'hunter2', truncated: false },
      error: 'HTTP 500',
      durationMs: 5,
    },
    settlement: { state: 'pending', nextDelayMs: 5_000, pauseMs: null, gone: false },
    ...changes,
  };
}

describe('The log of failures', () => {
  const warn = jest.fn();
  let emitter: ServiceEmitter;

  beforeEach(() => {
    jest.useFakeTimers({ now: NOW });
    warn.mockClear();
    Logger.overrideLogger({ log: jest.fn(), error: jest.fn(), warn });
    emitter = new ServiceEmitter();
    new FailureLog(emitter);
  });

  afterEach(() => {
    jest.useRealTimers();
    Logger.overrideLogger(false);
  });

  const settle = (...attempts: SettledAttempt[]): void => {
    emitter.emit(AttemptsSettledEvent.eventName, new AttemptsSettledEvent(attempts));
  };

  it('names the failed attempt, the reason and the next attempt, without the URL or a secret', () => {
    settle(attempt(WEBHOOKS[0]));
    expect(warn.mock.calls).toEqual([
      [
        {
          webhookId: 'webhook-0000000000004000800000000000000a',
          event: 'extraction.completed',
          deliveryId: 'delivery-1',
          attempt: 2,
          httpStatus: 500,
          error: 'HTTP 500',
          nextAttemptAt: '2026-11-28T09:00:05.000Z',
        },
        'An attempt failed',
        'Deliveries',
      ],
    ]);
    expect(JSON.stringify(warn.mock.calls)).not.toMatch(/hunter2|example\.com/);
  });

  it('has no next attempt after the last attempt, and no status without a response', () => {
    const outcome = { response: null, error: 'connection refused', durationMs: 5 };
    settle(
      attempt(WEBHOOKS[0], {
        outcome,
        settlement: { state: 'exhausted', nextDelayMs: null, pauseMs: null, gone: false },
      }),
    );
    expect(warn.mock.calls[0]![0]).toMatchObject({
      httpStatus: null,
      error: 'connection refused',
      nextAttemptAt: null,
    });
  });

  it('has one line per webhook and minute', () => {
    settle(attempt(WEBHOOKS[0]), attempt(WEBHOOKS[0]), attempt(WEBHOOKS[1]));
    expect(warn).toHaveBeenCalledTimes(2);

    jest.advanceTimersByTime(59_999);
    settle(attempt(WEBHOOKS[0]), attempt(WEBHOOKS[1]));
    expect(warn).toHaveBeenCalledTimes(2);

    jest.advanceTimersByTime(1);
    settle(attempt(WEBHOOKS[0]), attempt(WEBHOOKS[0]));
    expect(warn).toHaveBeenCalledTimes(3);
  });

  it('has no line for successes and for deliveries that a deletion ended', () => {
    settle(
      attempt(WEBHOOKS[0], { outcome: { response: null, error: null, durationMs: 5 } }),
      attempt(WEBHOOKS[1], { settlement: { state: 'cancelled', nextDelayMs: null, pauseMs: null, gone: false } }),
    );
    expect(warn).not.toHaveBeenCalled();
  });
});
