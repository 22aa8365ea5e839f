import { describe, expect, it } from '@jest/globals';
import { Gates } from './gates.js';

const WAIT_MS = 200;

const gates = (): Gates => new Gates((name) => (name === 'narrow' ? 1 : 3), WAIT_MS);

describe('Gates', () => {
  it('let in as many with one name as their limit, and the next when one leaves', async () => {
    const some = gates();
    for (let count = 0; count < 3; count += 1) expect(some.enter(['wide'])).toBeUndefined();
    const next = some.enter(['wide']);
    expect(next).toBeInstanceOf(Promise);
    some.leave(['wide']);
    await next;
    await expect(some.enter(['wide'])).rejects.toThrow('too many statements wait');
  });

  it('let in others when one name is taken', async () => {
    const some = gates();
    expect(some.enter(['narrow'])).toBeUndefined();
    const both = some.enter(['narrow', 'wide']);
    for (let count = 0; count < 3; count += 1) expect(some.enter(['wide'])).toBeUndefined();
    await expect(both).rejects.toThrow('too many statements wait');
  });

  it('let in one with several names when all of them have room', async () => {
    const some = gates();
    void some.enter(['narrow']);
    for (let count = 0; count < 3; count += 1) void some.enter(['wide']);
    let entered = false;
    const both = some.enter(['narrow', 'wide'])?.then(() => (entered = true));
    some.leave(['narrow']);
    await Promise.resolve();
    expect(entered).toBe(false);
    some.leave(['wide']);
    await both;
    expect(entered).toBe(true);
  });

  it('refuse one that waited too long, and count it no more', async () => {
    const some = gates();
    void some.enter(['narrow']);
    await expect(some.enter(['narrow'])).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    some.leave(['narrow']);
    expect(some.enter(['narrow'])).toBeUndefined();
  });

  it('refuse more than a thousand that wait at once', async () => {
    const some = gates();
    void some.enter(['narrow']);
    const waiting = Array.from({ length: 1_000 }, async () => some.enter(['narrow']));
    expect(() => some.enter(['narrow'])).toThrow('too many statements wait');
    expect(some.enter(['wide'])).toBeUndefined();
    expect(new Set((await Promise.allSettled(waiting)).map(({ status }) => status))).toEqual(new Set(['rejected']));
  });
});
