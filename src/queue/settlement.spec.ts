import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { AttemptOutcome } from './attempt-outcome.js';
import { MAX_RETRY_AFTER_MS } from '../webhooks/webhook-health.js';
import { retryAfterMs } from './retry-after.js';
import { settlementOf } from './settlement.js';

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

describe('settlementOf', () => {
  it('ends the delivery as succeeded when the attempt succeeds, also as the last one', () => {
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
  ])('retries after the delay of the schedule without a pause when the attempt fails with status %p', (status) => {
    expect(settlementOf(failure(status), RETRY_MS, 0, NOW)).toEqual({
      state: 'pending',
      nextDelayMs: RETRY_MS,
      pauseMs: null,
      gone: false,
    });
  });

  it('retries when the outcome has an error next to a 2xx status', () => {
    const broken = { ...success, error: 'connection closed' };
    expect(settlementOf(broken, RETRY_MS, 0, NOW)).toMatchObject({ state: 'pending', nextDelayMs: RETRY_MS });
  });

  it.each([null, 302, 404, 410, 429, 500, 503])(
    'exhausts the delivery when the last attempt fails with status %p',
    (status) => {
      expect(settlementOf(failure(status), undefined, 0, NOW)).toMatchObject({ state: 'exhausted', nextDelayMs: null });
    },
  );

  it('marks the receiver as gone exactly when the status is 410', () => {
    expect(settlementOf(failure(410), RETRY_MS, 0, NOW)).toMatchObject({ state: 'pending', gone: true, pauseMs: null });
    expect(settlementOf(failure(410), undefined, 0, NOW)).toMatchObject({ state: 'exhausted', gone: true });
    for (const status of [404, 409, 411, 429, 503]) {
      expect(settlementOf(failure(status), RETRY_MS, 0, NOW).gone).toBe(false);
    }
  });

  it('ignores Retry-After when the status is not a throttling one', () => {
    for (const status of [200, 301, 400, 404, 410, 500, 501]) {
      expect(settlementOf(failure(status, { 'retry-after': '3600' }), RETRY_MS, 0, NOW)).toMatchObject({
        nextDelayMs: RETRY_MS,
        pauseMs: null,
      });
    }
  });

  describe.each([429, 502, 503, 504])('after the status %i', (status) => {
    it('doubles the pause from 1 s up to 5 minutes when the status repeats', () => {
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

    it('retries by the schedule when there is no Retry-After', () => {
      expect(settlementOf(throttled(status), RETRY_MS, 8, NOW).nextDelayMs).toBe(RETRY_MS);
    });

    it.each([
      ['seconds', '120', 120_000],
      ['a date', 'Mon, 20 Jan 2025 14:32:04 GMT', 120_000],
      ['more than a day', '172800', DAY_MS],
      ['a date in a year', 'Tue, 20 Jan 2026 14:30:04 GMT', DAY_MS],
    ])('waits for the time in Retry-After, at most a day, when it has %s', (_form, header, requested) => {
      for (const count of [0, 9]) {
        expect(settlementOf(throttled(status, header), RETRY_MS, count, NOW)).toEqual({
          state: 'pending',
          nextDelayMs: requested,
          pauseMs: requested,
          gone: false,
        });
      }
    });

    it('retries by the schedule when Retry-After is shorter', () => {
      const settlement = settlementOf(throttled(status, '1'), RETRY_MS, 0, NOW);
      expect(settlement).toMatchObject({ nextDelayMs: RETRY_MS, pauseMs: 1_000 });
    });

    it('pauses the webhook when the delivery has no retry left', () => {
      expect(settlementOf(throttled(status, '60'), undefined, 0, NOW)).toEqual({
        state: 'exhausted',
        nextDelayMs: null,
        pauseMs: 60_000,
        gone: false,
      });
    });

    it('pauses as without Retry-After when the header is malformed', () => {
      expect(settlementOf(throttled(status, 'soon'), RETRY_MS, 2, NOW)).toMatchObject({
        nextDelayMs: RETRY_MS,
        pauseMs: 4_000,
      });
    });
  });
});

describe('settlementOf, for any outcome', () => {
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

  it('returns succeeded exactly when there is no error', () => {
    fc.assert(
      fc.property(settled, ({ outcome, settlement }) => {
        expect(settlement.state === 'succeeded').toBe(outcome.error === null);
      }),
    );
  });

  it('returns a delay, no shorter than the schedule and Retry-After, exactly when the delivery stays pending', () => {
    fc.assert(
      fc.property(settled, ({ outcome, retryDelayMs, settlement: { state, nextDelayMs, pauseMs } }) => {
        expect(nextDelayMs !== null).toBe(state === 'pending');
        if (nextDelayMs === null) return;
        expect(nextDelayMs).toBeGreaterThanOrEqual(retryDelayMs ?? Number.POSITIVE_INFINITY);
        const requested = retryAfterMs(outcome.response?.headers['retry-after'], NOW);
        if (pauseMs !== null && requested !== null) expect(nextDelayMs).toBeGreaterThanOrEqual(requested);
      }),
    );
  });

  it('bounds delays and pauses when Retry-After has any value', () => {
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
