import { ForbiddenException } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import type { Caller } from '../auth/caller.js';
import { DomainError } from '../common/domain-error.js';
import { translateDatabaseError } from '../database/prisma-errors.js';
import { checkActiveLimit, checkLimits, FixedWebhookLimit, maxActiveOf, WebhookLimit } from './webhook-limit.js';

const CALLER: Caller = { userId: 'uid_1', keyId: 'key-1', scopes: ['webhooks'] };

class GivenLimit extends WebhookLimit {
  constructor(private readonly give: () => unknown) {
    super();
  }

  override maxActive(): number | Promise<number> {
    return this.give() as number;
  }
}

const askedFor = (give: () => unknown) => maxActiveOf(new GivenLimit(give), CALLER);
const messageOf = (check: () => void): string => {
  try {
    check();
    return '';
  } catch (error) {
    expect((error as DomainError).code).toBe('MAX_WEBHOOKS_REACHED');
    return (error as DomainError).message;
  }
};

describe('maxActiveOf', () => {
  it('returns ten, or another number when FixedWebhookLimit has one', async () => {
    expect(await maxActiveOf(new FixedWebhookLimit(), CALLER)).toBe(10);
    expect(await maxActiveOf(new FixedWebhookLimit(25), CALLER)).toBe(25);
  });

  it.each([
    [0, 0],
    [1, 1],
    [100, 100],
    [101, 100],
    [100.5, 100],
    [1e308, 100],
    [Infinity, 100],
  ])('returns at most 100 when the limit is %d', async (given, max) => {
    expect(await askedFor(() => given)).toBe(max);
    expect(await askedFor(async () => given)).toBe(max);
  });

  it.each([NaN, -1, -Infinity, 2.5, undefined, null, '5', '500', {}, true, [7]])(
    'fails when the limit is %p',
    async (given) => {
      await expect(askedFor(() => given)).rejects.toMatchObject({
        code: 'INTERNAL_ERROR',
        message: 'Something went wrong on our side.',
        cause: expect.any(RangeError),
      });
    },
  );

  it('fails with INTERNAL_ERROR, not as an unavailable database, when the limit throws a network error', async () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED 10.0.0.7:443'), { code: 'ECONNREFUSED' });
    const error: unknown = await askedFor(() => Promise.reject(cause)).catch((thrown: unknown) => thrown);
    expect(translateDatabaseError(error)).toMatchObject({ code: 'INTERNAL_ERROR', cause });
    await expect(
      askedFor(() => {
        throw cause;
      }),
    ).rejects.toMatchObject({ code: 'INTERNAL_ERROR', cause });
  });

  it.each([new DomainError('FORBIDDEN', 'Your plan has no webhooks.'), new ForbiddenException('No.')])(
    'throws the error of the host when it is %p',
    async (error) => {
      await expect(askedFor(() => Promise.reject(error))).rejects.toBe(error);
    },
  );
});

describe('checkLimits and checkActiveLimit', () => {
  it('accept one more webhook when the user is below both limits', () => {
    expect(messageOf(() => checkLimits({ active: 9, all: 99 }, 10))).toBe('');
    expect(messageOf(() => checkLimits({ active: 99, all: 99 }, 100))).toBe('');
    expect(messageOf(() => checkActiveLimit(0, 1))).toBe('');
  });

  it.each([
    [10, 10, 'You have 10 active webhooks, which is the limit. Delete one before you create another.'],
    [1, 1, 'You have 1 active webhook, which is the limit. Delete one before you create another.'],
    [12, 10, 'You have 12 active webhooks, and 10 may be active. Delete 3 before you create another.'],
    [0, 0, 'You may have no active webhook.'],
    [3, 0, 'You may have no active webhook.'],
  ])('tell how to continue when %d are active and the limit is %d', (active, max, message) => {
    expect(messageOf(() => checkLimits({ active, all: active }, max))).toBe(message);
    expect(messageOf(() => checkActiveLimit(active, max))).toBe(message);
    const ofOther = message.replace('You have', 'uid_2 has').replace('You may', 'uid_2 may');
    expect(messageOf(() => checkActiveLimit(active, max, 'uid_2'))).toBe(ofOther);
  });

  it('name the limit of all webhooks when both limits are reached', () => {
    expect(messageOf(() => checkLimits({ active: 100, all: 100 }, 100))).toMatch(/^You have 100 webhooks, active and/);
    expect(messageOf(() => checkLimits({ active: 10, all: 100 }, 10))).toMatch(/^You have 100 webhooks, active and/);
  });
});
