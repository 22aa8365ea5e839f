import { describe, expect, it } from '@jest/globals';
import { OpenLeases } from './open-leases.js';

describe('OpenLeases', () => {
  it('invalidates a webhook for the leases that are open, and no other', () => {
    const leases = new OpenLeases(10_000);
    const [closed, before] = [leases.open(), leases.open()];
    const closedFirst = leases.close(closed);
    leases.invalidate('a');
    const after = leases.open();
    const [old, young] = [leases.close(before), leases.close(after)];
    expect([closedFirst('a'), old('a'), old('b'), young('a')]).toEqual([false, true, false, false]);
  });

  it('invalidates all webhooks when any may have changed', () => {
    const leases = new OpenLeases(10_000);
    const lease = leases.open();
    leases.invalidate('');
    expect(leases.close(lease)('a')).toBe(true);
  });

  it('rejects deliveries when their lease is not open', () => {
    const leases = new OpenLeases(10_000);
    const lease = leases.open();
    leases.close(lease);
    expect(() => leases.close(lease)).toThrow('not open');
    expect(() => leases.close(new OpenLeases(10_000).open())).toThrow('not open');
  });

  it('leases for longer than a delivery may wait and its attempt may take', () => {
    const { leaseMs, startedAt, sendBefore } = new OpenLeases(10_000).open();
    expect(leaseMs).toBeGreaterThan(sendBefore - startedAt + 10_000);
  });

  it('tells when all leases are closed', async () => {
    const leases = new OpenLeases(10_000);
    const open = [leases.open(), leases.open()];
    let isDone = false;
    const done = leases.allClosed().then(() => (isDone = true));
    leases.close(open[0]!);
    await Promise.resolve();
    expect(isDone).toBe(false);
    leases.close(open[1]!);
    await done;
    await new OpenLeases(10_000).allClosed();
  });
});
