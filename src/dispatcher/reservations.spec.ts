import { describe, expect, it } from '@jest/globals';
import type { LeasedDelivery, NewEvent } from '../queue/outbox.types.js';
import { Capacity } from './capacity.js';
import type { Executor } from './executor.js';
import { Fetcher } from './fetcher.js';
import { OpenLeases } from './open-leases.js';
import { Reservations } from './reservations.js';
import { Scheduler } from './scheduler.js';
import { TargetHost } from './target-host.js';
import type { TargetHosts } from './target-hosts.js';
import { Target } from './target.js';

const MIB = 1_048_576;
const SLOTS = 10;

/** An idle process with the default limits. */
function given() {
  const capacity = new Capacity(256);
  capacity.open();
  const leases = new OpenLeases(10_000);
  const host = new TargetHost('host.example', { concurrency: 128, rate: 0 });
  const targetOf = (url: string) => new Target(url, 'https://u@host.example', '/', host);
  const scheduler = new Scheduler(capacity, { targetOf } as unknown as TargetHosts, SLOTS, {} as never);
  const released: LeasedDelivery[] = [];
  const outbox = { release: async (deliveries: LeasedDelivery[]) => void released.push(...deliveries) };
  const parts = { capacity, leases, scheduler, slotsPerWebhook: SLOTS };
  const fetcher = new Fetcher({ ...parts, outbox } as never, () => undefined);
  const executor = { run: () => undefined } as Executor;
  const reservations = new Reservations({ ...parts, fetcher, executor });
  return { capacity, leases, scheduler, released, reserve: reservations.reserve.bind(reservations) };
}

function eventsOf(users: number, bytes = 10): NewEvent[] {
  return Array.from({ length: users }, (_, user) => {
    return { userId: `uid_${user}`, payload: 'x'.repeat(bytes) } as NewEvent;
  });
}

function delivery(webhookUuid = 'w'): LeasedDelivery {
  return {
    id: 'd',
    webhookUuid,
    userId: 'uid_0',
    url: 'https://host.example/',
    payload: '{}',
    permit: null,
  } as LeasedDelivery;
}

describe('Reservations', () => {
  it.each([
    [1, 10],
    [100, 2],
    [256, 1],
  ])('share the slots between the unknown webhooks of %i users: %i each', (users, each) => {
    expect(given().reserve(eventsOf(users))?.lease.defaultDemand).toBe(each);
  });

  it('reserve nothing when there are more users than slots', () => {
    expect(given().reserve(eventsOf(257))).toBeUndefined();
  });

  it('reserve nothing when the payloads that are being stored take all of their memory', () => {
    const { reserve } = given();
    const reservation = reserve(eventsOf(1, 10 * MIB));
    expect(reservation).toBeDefined();
    expect(reserve(eventsOf(1, 10 * MIB))).toBeUndefined();
    expect(reserve(eventsOf(1, 5 * MIB))).toBeDefined();
    reservation!.end({ deliveries: [], now: 0 });
    expect(reserve(eventsOf(1, 10 * MIB))).toBeDefined();
  });

  it('subtract events that are being stored from the demand of a known webhook', () => {
    const { reserve } = given();
    reserve(eventsOf(1))!.end({ deliveries: [delivery(), delivery()], now: 0 });
    const second = reserve(eventsOf(1))!;
    expect(second.lease.demand).toEqual(new Map([['w', SLOTS - 2]]));
    expect(reserve(eventsOf(1))!.lease.demand).toEqual(new Map([['w', SLOTS - 3]]));
    expect(reserve([{ userId: 'uid_other', payload: '{}' } as NewEvent])!.lease.demand).toEqual(new Map());
  });

  it('release leased deliveries when their webhook was invalidated meanwhile', () => {
    const { leases, scheduler, released, reserve } = given();
    const reservation = reserve(eventsOf(1))!;
    leases.invalidate('deleted');
    reservation.end({ deliveries: [delivery('deleted'), delivery('other')], now: 0 });
    expect(released.map(({ webhookUuid }) => webhookUuid)).toEqual(['deleted']);
    expect(scheduler.clear().map(({ webhookUuid }) => webhookUuid)).toEqual(['other']);
  });

  it('accept deliveries once', () => {
    const reservation = given().reserve(eventsOf(1))!;
    reservation.end({ deliveries: [], now: 0 });
    expect(() => reservation.end({ deliveries: [delivery()], now: 0 })).toThrow('not open');
  });
});
