import { describe, expect, it } from '@jest/globals';
import type { ReceivedResponse } from './attempt-outcome.js';
import { ERROR_CLASSES } from './outcome-class.js';
import { CODES_OF_STATUS, codesOfClass, outcomeCodeOf } from './outcome-code.js';

const answer = (status: number): ReceivedResponse => ({ status, headers: {}, body: '', truncated: false });
const TIMEOUT = 'The operation was aborted due to timeout';

describe('The code of an outcome', () => {
  it.each([
    ['a success', answer(200), null, 200],
    ['another success', answer(204), null, 204],
    ['a timeout', null, TIMEOUT, 1_000],
    ['a timeout after the status', answer(200), TIMEOUT, 1_200],
    ['a failed DNS lookup', null, 'DNS lookup failed', 2_000],
    ['a refused connection', null, 'connection refused', 3_000],
    ['a certificate', null, 'TLS certificate not trusted', 4_000],
    ['a refused target', null, 'target address is not allowed', 5_000],
    ['an answer', answer(503), 'HTTP 503', 6_503],
    ['an invalid answer', null, 'invalid HTTP response', 6_000],
    ['another failure', null, 'the signing secret could not be read', 9_000],
    ['a status that is none', answer(70), 'HTTP 70', 0],
  ])('has the class and the status of %s', (_what, response, error, expected) => {
    expect(outcomeCodeOf({ response, error })).toBe(expected);
  });

  it('is in the codes of its status, and of no other class', () => {
    const first = ERROR_CLASSES.map((name) => codesOfClass(name)[0]);
    expect(new Set(first).size).toBe(ERROR_CLASSES.length);
    for (const code of first) {
      expect(code).toBeGreaterThanOrEqual(CODES_OF_STATUS.failed[0]);
      expect(code + 999).toBeLessThanOrEqual(CODES_OF_STATUS.failed[1]);
    }
    expect(CODES_OF_STATUS.success).toEqual([1, 999]);
  });
});
