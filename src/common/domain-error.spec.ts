import { describe, expect, it } from '@jest/globals';
import { bounded } from './domain-error.filter.js';
import { DomainError, ERROR_STATUS } from './domain-error.js';

describe('The error codes of the API', () => {
  it('are exactly these, because clients branch on them', () => {
    expect(ERROR_STATUS).toEqual({
      VALIDATION_ERROR: 400,
      MAX_WEBHOOKS_REACHED: 400,
      MAX_KEYS_REACHED: 400,
      UNAUTHORIZED: 401,
      FORBIDDEN: 403,
      NOT_FOUND: 404,
      METHOD_NOT_ALLOWED: 405,
      CONFLICT: 409,
      PAYLOAD_TOO_LARGE: 413,
      UNSUPPORTED_MEDIA_TYPE: 415,
      RATE_LIMITED: 429,
      INTERNAL_ERROR: 500,
      SERVICE_UNAVAILABLE: 503,
    });
  });

  it('carry a code, a message, a cause and the time of a retry', () => {
    const cause = new Error('connection refused');
    const error = new DomainError('SERVICE_UNAVAILABLE', 'Try again.', { cause, retryAfterSeconds: 5 });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'DomainError',
      code: 'SERVICE_UNAVAILABLE',
      message: 'Try again.',
      cause,
      retryAfterSeconds: 5,
    });
  });

  it('carry no time of a retry when none is given', () => {
    expect(new DomainError('NOT_FOUND', 'There is none.').retryAfterSeconds).toBeUndefined();
  });
});

describe('The message of an error response', () => {
  it.each(['', 'a', 'x'.repeat(3_990)])('is unchanged when it is short', (message) => {
    expect(bounded(message)).toBe(message);
  });

  it.each(['x', '한', '😀', '"', '\u0001', '\ud800', 'a😀"'])('is cut to 4 KiB of JSON when it repeats %j', (part) => {
    const text = bounded(part.repeat(20_000));
    expect(Buffer.byteLength(JSON.stringify(text))).toBeLessThanOrEqual(4_010);
    expect(text.length).toBeGreaterThan(600);
    expect(text).toMatch(/…$/);
  });
});
