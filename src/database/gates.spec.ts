import { describe, expect, it } from '@jest/globals';
import { Gates } from './gates.js';

const WAIT_MS = 200;

const gates = (): Gates => new Gates((name) => (name === 'narrow' ? 1 : 3), WAIT_MS);

describe('Gates', () => {
  it('admit as many holders of a name as its limit, and the next when one leaves', async () => {
    const some = gates();
    for (let count = 0; count < 3; count += 1) expect(some.enter(['wide'])).toBeUndefined();
    const next = some.enter(['wide']);
    expect(next).toBeInstanceOf(Promise);
    some.leave(['wide']);
    await next;
    await expect(some.enter(['wide'])).rejects.toThrow('too many statements wait');
  });

  it('admit other names when the limit of one is reached', async () => {
    const some = gates();
    expect(some.enter(['narrow'])).toBeUndefined();
    const both = some.enter(['narrow', 'wide']);
    for (let count = 0; count < 3; count += 1) expect(some.enter(['wide'])).toBeUndefined();
    await expect(both).rejects.toThrow('too many statements wait');
  });

  it('admit a holder of several names when all of them have capacity', async () => {
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

  it('reject an entry that waited too long and do not count it', async () => {
    const some = gates();
    void some.enter(['narrow']);
    await expect(some.enter(['narrow'])).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    some.leave(['narrow']);
    expect(some.enter(['narrow'])).toBeUndefined();
  });

  it('reject further entries when a thousand wait', async () => {
    const some = gates();
    void some.enter(['narrow']);
    const waiting = Array.from({ length: 1_000 }, async () => some.enter(['narrow']));
    expect(() => some.enter(['narrow'])).toThrow('too many statements wait');
    expect(some.enter(['wide'])).toBeUndefined();
    expect(new Set((await Promise.allSettled(waiting)).map(({ status }) => status))).toEqual(new Set(['rejected']));
  });
});
