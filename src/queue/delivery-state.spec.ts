import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { AttemptOutcome } from './attempt-outcome.js';
import { MAX_RETRY_AFTER_MS } from '../webhooks/webhook-health.js';
import { retryAfterMs, settlementOf } from './delivery-state.js';

const NOW = Date.parse('2025-01-20T14:30:04.000Z');
const RETRY_MS = 5_000;
const DAY_MS = 86_400_000;
const LONGEST_PAUSE_MS = 300_000;

const success: AttemptOutcome = {
  response: { status: 200, headers: {}, body: '', truncated: false },
  error: null,
  durationMs: 12,
};

function failure(status: number | null, headers: Record<string, string> = {}): AttemptOutcome {
  if (status === null) return { response: null, error: 'connection refused', durationMs: 3 };
  return { response: { status, headers, body: '', truncated: false }, error: `HTTP ${status}`, durationMs: 3 };
}

function throttled(status: number, retryAfter?: string): AttemptOutcome {
  return failure(status, retryAfter === undefined ? {} : { 'retry-after': retryAfter });
}

describe('What becomes of a delivery after an attempt', () => {
  it('a success ends it, even where no retry was left', () => {
    const ended = { state: 'succeeded', nextDelayMs: null, pauseMs: null, gone: false };
    expect(settlementOf(success, RETRY_MS, 0, NOW)).toEqual(ended);
    expect(settlementOf(success, undefined, 7, NOW)).toEqual(ended);
  });

  it.each([
    null,
    100,
    101,
    200,
    204,
    299,
    300,
    301,
    302,
    304,
    307,
    308,
    400,
    401,
    403,
    404,
    409,
    418,
    422,
    500,
    501,
    505,
  ])(
    'a failed attempt with the status %p is tried again after the delay of the schedule, without a pause',
    (status) => {
      expect(settlementOf(failure(status), RETRY_MS, 0, NOW)).toEqual({
        state: 'pending',
        nextDelayMs: RETRY_MS,
        pauseMs: null,
        gone: false,
      });
    },
  );

  it('a 2xx whose body broke off is a failure: only the error decides', () => {
    const broken = { ...success, error: 'connection closed' };
    expect(settlementOf(broken, RETRY_MS, 0, NOW)).toMatchObject({ state: 'pending', nextDelayMs: RETRY_MS });
  });

  it.each([null, 302, 404, 410, 429, 500, 503])(
    'a failure with the status %p and no retry left exhausts it',
    (status) => {
      expect(settlementOf(failure(status), undefined, 0, NOW)).toMatchObject({ state: 'exhausted', nextDelayMs: null });
    },
  );

  it('410 says that the receiver is gone, whether a retry is left or not; nothing else does', () => {
    expect(settlementOf(failure(410), RETRY_MS, 0, NOW)).toMatchObject({ state: 'pending', gone: true, pauseMs: null });
    expect(settlementOf(failure(410), undefined, 0, NOW)).toMatchObject({ state: 'exhausted', gone: true });
    for (const status of [404, 409, 411, 429, 503]) {
      expect(settlementOf(failure(status), RETRY_MS, 0, NOW).gone).toBe(false);
    }
  });

  it('Retry-After slows down only those answers that speak for the whole endpoint', () => {
    for (const status of [200, 301, 400, 404, 410, 500, 501]) {
      expect(settlementOf(failure(status, { 'retry-after': '3600' }), RETRY_MS, 0, NOW)).toMatchObject({
        nextDelayMs: RETRY_MS,
        pauseMs: null,
      });
    }
  });

  describe.each([429, 502, 503, 504])('the status %i', (status) => {
    it('pauses the webhook for 1 s, twice as long with each further one, and 5 minutes at most', () => {
      const pauses = Array.from({ length: 12 }, (_, count) => {
        return settlementOf(throttled(status), RETRY_MS, count, NOW).pauseMs;
      });
      expect(pauses).toEqual(
        [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000].concat(
          Array.from({ length: 3 }, () => LONGEST_PAUSE_MS),
        ),
      );
      expect(settlementOf(throttled(status), RETRY_MS, 1e9, NOW).pauseMs).toBe(LONGEST_PAUSE_MS);
    });

    it('retries by the schedule when it names no wait', () => {
      expect(settlementOf(throttled(status), RETRY_MS, 8, NOW).nextDelayMs).toBe(RETRY_MS);
    });

    it.each([
      ['seconds', '120', 120_000],
      ['a date', 'Mon, 20 Jan 2025 14:32:04 GMT', 120_000],
      ['more than a day', '172800', DAY_MS],
      ['a date in a year', 'Tue, 20 Jan 2026 14:30:04 GMT', DAY_MS],
    ])('waits as long as it asks for in %s, whatever it answered before', (_form, header, asked) => {
      for (const count of [0, 9]) {
        expect(settlementOf(throttled(status, header), RETRY_MS, count, NOW)).toEqual({
          state: 'pending',
          nextDelayMs: asked,
          pauseMs: asked,
          gone: false,
        });
      }
    });

    it('keeps the later one of its own schedule and a short Retry-After', () => {
      const settlement = settlementOf(throttled(status, '1'), RETRY_MS, 0, NOW);
      expect(settlement).toMatchObject({ nextDelayMs: RETRY_MS, pauseMs: 1_000 });
    });

    it('still pauses the webhook when the delivery has no retry left', () => {
      expect(settlementOf(throttled(status, '60'), undefined, 0, NOW)).toEqual({
        state: 'exhausted',
        nextDelayMs: null,
        pauseMs: 60_000,
        gone: false,
      });
    });

    it('pauses as if there was no Retry-After when it makes no sense', () => {
      expect(settlementOf(throttled(status, 'soon'), RETRY_MS, 2, NOW)).toMatchObject({
        nextDelayMs: RETRY_MS,
        pauseMs: 4_000,
      });
    });
  });
});

describe('Settlements of any outcome', () => {
  const outcome = fc.oneof(
    fc.constant(success),
    fc.constant(failure(null)),
    fc
      .tuple(fc.oneof(fc.integer({ min: 100, max: 599 }), fc.constantFrom(410, 429, 502, 503, 504)), fc.string())
      .map(([status, header]) => throttled(status, header)),
    fc
      .tuple(fc.constantFrom(429, 502, 503, 504), fc.nat({ max: 200_000 }))
      .map(([status, seconds]) => throttled(status, String(seconds))),
  );
  const delay = fc.option(fc.nat({ max: DAY_MS * 1.2 }), { nil: undefined });
  const settled = fc.tuple(outcome, delay, fc.nat()).map(([outcome, retryDelayMs, throttleCount]) => ({
    outcome,
    retryDelayMs,
    settlement: settlementOf(outcome, retryDelayMs, throttleCount, NOW),
  }));

  it('succeed exactly when there was no error', () => {
    fc.assert(
      fc.property(settled, ({ outcome, settlement }) => {
        expect(settlement.state === 'succeeded').toBe(outcome.error === null);
      }),
    );
  });

  it('have a next attempt exactly while they are pending, and never before the schedule or what was asked for', () => {
    fc.assert(
      fc.property(settled, ({ outcome, retryDelayMs, settlement: { state, nextDelayMs, pauseMs } }) => {
        expect(nextDelayMs !== null).toBe(state === 'pending');
        if (nextDelayMs === null) return;
        expect(nextDelayMs).toBeGreaterThanOrEqual(retryDelayMs ?? Number.POSITIVE_INFINITY);
        const asked = retryAfterMs(outcome.response?.headers['retry-after'], NOW);
        if (pauseMs !== null && asked !== null) expect(nextDelayMs).toBeGreaterThanOrEqual(asked);
      }),
    );
  });

  it('never wait less than nothing or longer than the schedule or a day, nor pause longer than a day', () => {
    fc.assert(
      fc.property(settled, ({ retryDelayMs = 0, settlement: { nextDelayMs, pauseMs } }) => {
        expect(nextDelayMs ?? 0).toBeGreaterThanOrEqual(0);
        expect(nextDelayMs ?? 0).toBeLessThanOrEqual(Math.max(retryDelayMs, MAX_RETRY_AFTER_MS));
        expect(pauseMs ?? 0).toBeGreaterThanOrEqual(0);
        expect(pauseMs ?? 0).toBeLessThanOrEqual(MAX_RETRY_AFTER_MS);
      }),
    );
  });
});
