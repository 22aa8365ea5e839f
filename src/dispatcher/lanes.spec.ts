import { describe, expect, it } from '@jest/globals';
import type { ClaimedDelivery } from '../queue/outbox.js';
import type { WaitingDelivery } from './lane.js';
import { Lanes } from './lanes.js';
import { TargetHost } from './target-host.js';
import type { TargetHosts } from './target-hosts.js';

function given() {
  const host = new TargetHost('host.example', { concurrency: 128, rate: 0 });
  const lanes = new Lanes({ of: () => host, keep: () => undefined } as unknown as TargetHosts, 10);
  const hold = (source: WaitingDelivery['source'], count: number) => {
    const deliveries = Array.from({ length: count }, (_, index) => {
      return { id: `${index}`, webhookUuid: 'w', userId: 'u', url: 'https://host.example/', payload: 'x'.repeat(100) };
    });
    return lanes.hold(deliveries as ClaimedDelivery[], {
      source,
      clock: Date.now,
      begun: performance.now(),
      sendBefore: Infinity,
    });
  };
  return { host, lanes, hold };
}

describe('What a process holds', () => {
  it('is counted by how it came, until it is given back', () => {
    const { lanes, hold } = given();
    hold('claim', 2);
    hold('intake', 3);
    expect(lanes.waiting.claim.count).toBe(2);
    expect(lanes.waiting.intake.count).toBe(3);
    expect(lanes.waiting.intake.bytes).toBeGreaterThan(300);
    expect(lanes.clear()).toHaveLength(5);
    expect(lanes.waiting).toEqual({ claim: { count: 0, bytes: 0 }, intake: { count: 0, bytes: 0 } });
  });

  it('straight from where it was stored keeps no other webhook of its host from being claimed for', () => {
    const { host, hold } = given();
    hold('intake', 1_000);
    host.inFlight = 128;
    expect(host.isHeldBack()).toBe(false);
    expect(hold('claim', 64).heldBack).toEqual([]);
    expect(host.isHeldBack()).toBe(true);
    expect(hold('claim', 1).heldBack).toHaveLength(1);
  });

  it('is not lost when an attempt that began before its lane did is recorded at last', () => {
    const { lanes, hold } = given();
    const takeAll = () =>
      lanes.takeTurns(
        () => 'many',
        () => undefined,
      );
    hold('claim', 1);
    const before = lanes.get('w')!;
    takeAll();
    lanes.forgetIdle(before);
    hold('claim', 2);
    const after = lanes.get('w');
    expect(after).not.toBe(before);
    lanes.forgetIdle(before);
    expect(lanes.get('w')).toBe(after);
    // The webhook is deleted: what waits for it must be found.
    expect(lanes.change('w')).toHaveLength(2);
  });
});
