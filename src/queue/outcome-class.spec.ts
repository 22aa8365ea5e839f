import { describe, expect, it } from '@jest/globals';
import type { ReceivedResponse } from './attempt-outcome.js';
import { outcomeClassOf } from './outcome-class.js';

const TIMEOUT = 'The operation was aborted due to timeout';
const answer = (status: number): ReceivedResponse => ({ status, headers: {}, body: '', truncated: false });

// src/dispatcher/attempt-error.spec.ts tests the classes of the texts that the log has for errors.
describe('The class of an outcome', () => {
  it.each([
    [302, '3xx'],
    [404, '4xx'],
    [429, '4xx'],
    [503, '5xx'],
    [700, 'other'],
  ])('follows from the status of a complete response: %s is %s', (status, expected) => {
    expect(outcomeClassOf({ response: answer(status), error: `HTTP ${status}` })).toBe(expected);
  });

  it('is a success without an error, and a timeout when the response breaks off at the deadline', () => {
    expect(outcomeClassOf({ response: answer(204), error: null })).toBe('success');
    expect(outcomeClassOf({ response: answer(500), error: TIMEOUT })).toBe('timeout');
  });

  it('is "other" for a text of a sender of the application', () => {
    expect(outcomeClassOf({ response: null, error: 'the broker refused the message' })).toBe('other');
  });
});
