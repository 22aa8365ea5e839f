import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { getMaxListeners } from 'node:events';
import { Deadline } from './deadline.js';
import { DeadlineError, WebhookDeletedError } from './target-errors.js';

const TIMEOUT_MS = 1_000;

describe('The deadline of an attempt', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  it('ends the attempt when its time is over, never before and hardly later', () => {
    const { signal } = Deadline.join(undefined, TIMEOUT_MS);
    jest.advanceTimersByTime(TIMEOUT_MS);
    expect(signal.aborted).toBe(false);
    jest.advanceTimersByTime(50);
    expect(signal.reason).toBeInstanceOf(DeadlineError);
  });

  it('is shared by attempts that begin at about the same time, and none gets less than its time', () => {
    const first = Deadline.join(undefined, TIMEOUT_MS);
    jest.advanceTimersByTime(19);
    const second = Deadline.join(first, TIMEOUT_MS);
    expect(second).toBe(first);
    jest.advanceTimersByTime(TIMEOUT_MS);
    expect(second.signal.aborted).toBe(false);
    jest.advanceTimersByTime(1);
    expect(second.signal.aborted).toBe(true);
  });

  it('is not shared when an attempt has another time limit', () => {
    const first = Deadline.join(undefined, 1_000);
    const second = Deadline.join(first, 2_000);
    expect(second).not.toBe(first);
    for (const deadline of [first, second]) deadline.leave();
  });

  it('is not shared when an attempt begins later', () => {
    const first = Deadline.join(undefined, TIMEOUT_MS);
    jest.advanceTimersByTime(20);
    const second = Deadline.join(first, TIMEOUT_MS);
    expect(second).not.toBe(first);
    jest.advanceTimersByTime(TIMEOUT_MS);
    expect([first.signal.aborted, second.signal.aborted]).toEqual([true, false]);
  });

  it('leaves no timer when all its attempts have ended, and is not shared any more', () => {
    const deadline = Deadline.join(undefined, TIMEOUT_MS);
    Deadline.join(deadline, TIMEOUT_MS);
    deadline.leave();
    expect(jest.getTimerCount()).toBe(1);
    deadline.leave();
    expect(jest.getTimerCount()).toBe(0);
    expect(Deadline.join(deadline, TIMEOUT_MS)).not.toBe(deadline);
  });

  it('can end early with a reason, and is then not shared any more', () => {
    const deadline = Deadline.join(undefined, TIMEOUT_MS);
    const reason = new WebhookDeletedError();
    deadline.abort(reason);
    jest.advanceTimersByTime(5);
    expect(deadline.signal.reason).toBe(reason);
    expect(Deadline.join(deadline, TIMEOUT_MS)).not.toBe(deadline);
  });

  it('can have any number of listeners without a warning of Node.js', () => {
    const deadline = Deadline.join(undefined, TIMEOUT_MS);
    expect(getMaxListeners(deadline.signal)).toBe(Infinity);
    deadline.leave();
  });
});
