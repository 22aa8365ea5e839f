import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { SettledAttempt } from '../queue/outbox.types.js';
import { ServiceEmitter } from '../runtime/service-emitter.js';
import { AttemptsSettledEvent } from './attempts-settled.event.js';
import { AttemptLogLines } from './attempt-log-lines.js';

const NOW = Date.UTC(2026, 10, 28, 9);
const WEBHOOKS = ['00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-8000-00000000000b'] as const;

function attempt(webhookUuid: string, changes: Partial<SettledAttempt> = {}): SettledAttempt {
  return {
    id: 'attempt-1',
    delivery: {
      id: 'delivery-1',
      eventType: 'extraction.completed',
      webhookUuid,
      userId: 'uid_1',
      traceparent: null,
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

function success(webhookUuid: string): SettledAttempt {
  const outcome = { response: null, error: null, durationMs: 5 };
  return attempt(webhookUuid, {
    outcome,
    settlement: { state: 'succeeded', nextDelayMs: null, pauseMs: null, gone: false },
  });
}

function cancelled(webhookUuid: string): SettledAttempt {
  return attempt(webhookUuid, { settlement: { state: 'cancelled', nextDelayMs: null, pauseMs: null, gone: false } });
}

describe('AttemptLogLines', () => {
  const warn = jest.fn();
  const info = jest.fn();
  let emitter: ServiceEmitter;
  let log: AttemptLogLines;

  beforeEach(() => {
    jest.useFakeTimers({ now: NOW });
    warn.mockClear();
    info.mockClear();
    Logger.overrideLogger({ log: info, error: jest.fn(), warn });
    emitter = new ServiceEmitter();
    log = new AttemptLogLines(emitter);
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
          userId: 'uid_1',
          event: 'extraction.completed',
          deliveryId: 'delivery-1',
          attempt: 2,
          outcome: 'failed',
          httpStatus: 500,
          error: 'HTTP 500',
          durationMs: 5,
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

  it('has one warning per webhook and minute', () => {
    settle(attempt(WEBHOOKS[0]), attempt(WEBHOOKS[0]), attempt(WEBHOOKS[1]));
    expect(warn).toHaveBeenCalledTimes(2);

    jest.advanceTimersByTime(59_999);
    settle(attempt(WEBHOOKS[0]), attempt(WEBHOOKS[1]));
    expect(warn).toHaveBeenCalledTimes(2);

    jest.advanceTimersByTime(1);
    settle(attempt(WEBHOOKS[0]), attempt(WEBHOOKS[0]));
    expect(warn).toHaveBeenCalledTimes(3);
  });

  it('has no warning for successes and for deliveries that a deletion ended', () => {
    settle(success(WEBHOOKS[0]), cancelled(WEBHOOKS[1]));
    expect(warn).not.toHaveBeenCalled();
    expect(info.mock.calls.map(([fields, text]) => [(fields as { outcome: string }).outcome, text])).toEqual([
      ['success', 'Delivered'],
      ['cancelled', 'An attempt was cancelled'],
    ]);
  });

  it('has the trace id of an event with a trace', () => {
    const traced = success(WEBHOOKS[0]);
    traced.delivery.traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    settle(traced, success(WEBHOOKS[1]));
    const ids = info.mock.calls.map(([fields]) => (fields as { traceId?: string }).traceId);
    expect(ids).toEqual(['a'.repeat(32), undefined]);
  });

  it('has five lines per webhook, outcome and second, and then the number of suppressed lines', () => {
    const failed = attempt(WEBHOOKS[0]);
    settle(...Array.from({ length: 8 }, () => success(WEBHOOKS[0])), ...Array.from({ length: 7 }, () => failed));
    settle(success(WEBHOOKS[1]));
    expect(texts()).toEqual({ Delivered: 6, 'An attempt failed': 4 });
    expect(warn).toHaveBeenCalledTimes(1);

    jest.advanceTimersByTime(1_000);
    const counted = { webhookId: 'webhook-0000000000004000800000000000000a', success: 3, failed: 2, cancelled: 0 };
    expect(info).toHaveBeenLastCalledWith(counted, 'Attempts without a line of their own', 'Deliveries');

    info.mockClear();
    settle(success(WEBHOOKS[0]), failed);
    jest.advanceTimersByTime(60_000);
    expect(texts()).toEqual({ Delivered: 1, 'An attempt failed': 1 });
  });

  it('counts suppressed lines at a shutdown', () => {
    settle(...Array.from({ length: 6 }, () => success(WEBHOOKS[0])));
    log.onApplicationShutdown();
    jest.advanceTimersByTime(1_000);
    expect(texts()).toEqual({ Delivered: 5, 'Attempts without a line of their own': 1 });
  });

  /** The number of lines of each text at the level `info`. */
  function texts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const [, text] of info.mock.calls as [object, string][]) counts[text] = (counts[text] ?? 0) + 1;
    return counts;
  }
});
