import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  deliveryIdOf,
  isUuid,
  newEventId,
  newWebhookUuid,
  uuidV7,
  uuidV7Floor,
  webhookIdOf,
  webhookUuidOf,
} from './ids.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const VERSION_7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
/** The largest time of 48 bits, in milliseconds: the year 10889. */
const time = fc.nat({ max: 2 ** 48 - 1 });

describe('The id of a webhook', () => {
  it('begins with webhook- and converts back to the uuid', () => {
    const uuid = newWebhookUuid();
    expect(webhookIdOf(uuid)).toMatch(/^webhook-[0-9a-f]{32}$/);
    expect(webhookUuidOf(webhookIdOf(uuid))).toBe(uuid);
  });

  it('converts back for every uuid', () => {
    fc.assert(fc.property(fc.uuid(), (uuid) => expect(webhookUuidOf(webhookIdOf(uuid))).toBe(uuid)));
  });

  it('has 128 random bits: each of them takes both values', () => {
    const ids = Array.from({ length: 200 }, () => BigInt(`0x${newWebhookUuid().replaceAll('-', '')}`));
    const ones = ids.reduce((seen, id) => seen | id, 0n);
    const zeros = ids.reduce((seen, id) => seen | ~id, 0n);
    expect(BigInt.asUintN(128, ones)).toBe(2n ** 128n - 1n);
    expect(BigInt.asUintN(128, zeros)).toBe(2n ** 128n - 1n);
    expect(new Set(ids).size).toBe(200);
  });

  it.each([
    '',
    'webhook-',
    'webhook-abc123def456',
    '9f86d081884c7d659a2feaa0c55ad015',
    'webhook-9f86d081884c7d659a2feaa0c55ad01',
    'webhook-9f86d081884c7d659a2feaa0c55ad0155',
    'webhook-9F86D081884C7D659A2FEAA0C55AD015',
    'Webhook-9f86d081884c7d659a2feaa0c55ad015',
    'webhook-9f86d081-884c-7d65-9a2f-eaa0c55ad015',
    'webhook-9f86d081884c7d659a2feaa0c55ad01g',
    'webhook-9f86d081884c7d659a2feaa0c55ad015\n',
    ' webhook-9f86d081884c7d659a2feaa0c55ad015',
    'webhook-９f86d081884c7d659a2feaa0c55ad015',
    "webhook-9f86d081884c7d659a2feaa0c55ad0'--",
  ])('is not read from %j', (text) => {
    expect(webhookUuidOf(text)).toBeUndefined();
  });
});

describe('The id of an event', () => {
  it('is a uuid of version 7 with its time', () => {
    fc.assert(fc.property(time, (time) => expect(newEventId(time)).toMatch(VERSION_7)));
    expect(newEventId(0x0194_8432_9d6b)).toMatch(/^01948432-9d6b-7/);
  });

  it('ascends within a millisecond', () => {
    const ids = [5_000, 4_999, 5_000].flatMap((time) => Array.from({ length: 2_000 }, () => newEventId(time)));
    expect(ids).toEqual([...ids].sort());
    expect(new Set(ids).size).toBe(6_000);
    expect(newEventId(1_000)).toMatch(/^00000000-03e8-7/);
  });
});

describe('A uuid of version 7', () => {
  it('has the bits of its version and variant', () => {
    fc.assert(fc.property(time, (time) => expect(uuidV7(time)).toMatch(VERSION_7)));
  });

  it('begins with its time', () => {
    expect(uuidV7(0x0194_8432_9d6b)).toMatch(/^01948432-9d6b-7/);
    expect(uuidV7(0)).toMatch(/^00000000-0000-7/);
    expect(uuidV7(1_737_383_404_000.75).slice(0, 13)).toBe(uuidV7(1_737_383_404_000).slice(0, 13));
  });

  it('begins with zeros when the time is before 1970', () => {
    expect(uuidV7(-1)).toMatch(/^00000000-0000-7/);
    expect(uuidV7Floor(-86_400_000)).toBe(uuidV7Floor(0));
  });

  it('sorts by time as text', () => {
    fc.assert(
      fc.property(time, time, (one, other) => {
        fc.pre(one !== other);
        expect(uuidV7(one) < uuidV7(other)).toBe(one < other);
      }),
    );
  });

  it('sorts between the floors of its millisecond and the next', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 48 - 2 }), (time) => {
        const id = uuidV7(time);
        expect(uuidV7Floor(time)).toMatch(UUID);
        expect(uuidV7Floor(time) < id && id < uuidV7Floor(time + 1)).toBe(true);
      }),
    );
  });

  it('never repeats within a millisecond', () => {
    expect(new Set(Array.from({ length: 1_000 }, () => uuidV7(1_737_383_404_000))).size).toBe(1_000);
  });
});

describe('The id of a delivery', () => {
  it('is a uuid of version 8 with the time of the event that depends on event and webhook only', () => {
    const [event, webhook] = ['01948432-9d6b-7a10-9b2c-3d4e5f607182', '5f0c1d2e-3b4a-5968-7786-95a4b3c2d1e0'];
    const digest = createHash('sha256').update(event).update(webhook).digest('hex');
    expect(deliveryIdOf(event, webhook).replaceAll('-', '')).toBe(
      `${event.replaceAll('-', '').slice(0, 12)}8${digest.slice(13, 16)}a${digest.slice(17, 32)}`,
    );
    expect(deliveryIdOf(event, webhook)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('differs for every event and every webhook', () => {
    const [events, webhooks] = [() => uuidV7(1_737_383_404_000), newWebhookUuid].map((make) =>
      Array.from({ length: 40 }, make),
    );
    const ids = events!.flatMap((event) => webhooks!.map((webhook) => deliveryIdOf(event, webhook)));
    expect(new Set(ids).size).toBe(1_600);
    expect(ids.every((id) => isUuid(id))).toBe(true);
  });
});

describe('A uuid', () => {
  it('is recognized in upper and lower case', () => {
    fc.assert(
      fc.property(fc.uuid(), (uuid) => {
        expect([uuid, uuid.toUpperCase()].map((text) => isUuid(text))).toEqual([true, true]);
      }),
    );
    expect([newWebhookUuid(), uuidV7(0), uuidV7Floor(0)].every((text) => isUuid(text))).toBe(true);
  });

  it.each([
    '',
    'null',
    '019484329d6b7a109b2c3d4e5f607182',
    '{01948432-9d6b-7a10-9b2c-3d4e5f607182}',
    '01948432-9d6b-7a10-9b2c-3d4e5f60718',
    '01948432-9d6b-7a10-9b2c-3d4e5f6071822',
    '01948432-9d6b-7a10-9b2c-3d4e5f60718g',
    '01948432-9d6b-7a10-9b2c-3d4e5f607182\n',
    ' 01948432-9d6b-7a10-9b2c-3d4e5f607182',
    '01948432_9d6b_7a10_9b2c_3d4e5f607182',
    "01948432-9d6b-7a10-9b2c-3d4e5f607182' OR 1=1",
  ])('is not recognized in %j', (text) => {
    expect(isUuid(text)).toBe(false);
  });
});
