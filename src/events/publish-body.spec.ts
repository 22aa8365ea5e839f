import { describe, expect, it } from '@jest/globals';
import { validateSync } from 'class-validator';
import * as fc from 'fast-check';
import { DomainError } from '../common/domain-error.js';
import { parseJson } from '../common/json-body.js';
import { PublishEventDto } from './events.dto.js';
import { isSound, publishedEvent, publishedEvents } from './publish-body.js';

const event = { event: 'extraction.completed', userId: 'uid_1', extractionId: 'extract-1', data: { pages: 3 } };

function faultOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof DomainError && error.code === 'VALIDATION_ERROR') return error.message;
    throw error;
  }
  throw new Error('It was accepted');
}

describe('A published event', () => {
  it('is taken as it came', () => {
    const full = { ...event, event: 'extraction.failed', occurredAt: '2025-01-20T14:30:03.512Z' };
    expect({ ...publishedEvent(full) }).toEqual(full);
    expect({ ...publishedEvent(event) }).toEqual(event);
  });

  it('keeps every key of its data, also those that objects inherit', () => {
    const text = `{"constructor":"ACME Builders","prototype":"X-1","toString":null,"hasOwnProperty":1,"then":[],
      "deep":[{"constructor":{"prototype":{"valueOf":0}}}]}`;
    const data = parseJson(text) as Record<string, unknown>;
    expect(JSON.stringify(publishedEvent({ ...event, data }).data)).toBe(JSON.stringify(JSON.parse(text)));
    expect(JSON.stringify(publishedEvents({ events: [{ ...event, data }] })[0]?.data)).toBe(JSON.stringify(data));
  });

  it('keeps any data that JSON can say', () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }));
    fc.assert(
      fc.property(object, (data) => {
        expect(JSON.stringify(publishedEvent({ ...event, data }).data)).toBe(JSON.stringify(data));
      }),
    );
  });

  it('is sound exactly when it keeps the rules of its class', () => {
    const text = fc.oneof(
      fc.string(),
      fc.constantFrom('extraction.completed', 'extraction.failed', 'uid_1', 'a b', ''),
    );
    const time = fc.constantFrom(
      '2025-01-20T14:30:03.512Z',
      '2025-02-30T00:00:00Z',
      '2025-01-20',
      '0000-01-01T00:00:00Z',
    );
    const field = fc.oneof({ weight: 3, arbitrary: text }, time, fc.jsonValue({ maxDepth: 1 }), fc.constant(undefined));
    const sound = {
      event: 'extraction.failed',
      userId: 'uid_1',
      extractionId: 'extract-1',
      data: {},
      occurredAt: undefined,
    };
    const names = [...Object.keys(sound), 'id', 'Event'];
    let taken = 0;
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...names), field), { maxLength: 2 }), (changes) => {
        const dto = Object.assign(new PublishEventDto(), sound, Object.fromEntries(changes));
        const faults = validateSync(dto, { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: true });
        expect(isSound(dto)).toBe(faults.length === 0);
        taken += faults.length === 0 ? 1 : 0;
      }),
      { numRuns: 2_000 },
    );
    expect(taken).toBeGreaterThan(100);
    expect(taken).toBeLessThan(1_900);
  });

  it.each([null, 5, 'text', true, [], [event]])('is refused when the body is %j', (body) => {
    expect(faultOf(() => publishedEvent(body))).toBe('The body must be a JSON object.');
    expect(faultOf(() => publishedEvents(body))).toBe('The body must be a JSON object.');
  });

  it('is refused with the name of each missing field', () => {
    for (const body of [undefined, {}]) {
      const fault = faultOf(() => publishedEvent(body));
      for (const field of ['event', 'userId', 'extractionId', 'data']) expect(fault).toContain(`${field} must be`);
    }
    expect(faultOf(() => publishedEvents(undefined))).toMatch(/^events must /);
  });

  it.each([
    'id',
    'type',
    'Event',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    '__defineGetter__',
    '0',
    '',
  ])('is refused with the unknown field %j, by its name', (name) => {
    expect(faultOf(() => publishedEvent({ ...event, [name]: 'x' }))).toBe(`${name} should not exist`);
    const batch = { events: [event, { ...event, [name]: 'x' }] };
    expect(faultOf(() => publishedEvents(batch))).toBe(`events.1.${name} should not exist`);
    expect(faultOf(() => publishedEvents({ events: [event], [name]: 'x' }))).toBe(`${name} should not exist`);
  });

  it.each<[name: string, values: unknown[]]>([
    [
      'event',
      [undefined, null, '', 'webhook.test', 'extraction.started', 'EXTRACTION.COMPLETED', ['extraction.failed']],
    ],
    ['userId', [undefined, null, '', 'a b', 'ü', 'a\n', 'x'.repeat(129), 5, {}, { constructor: 'x' }, ['uid_1']]],
    ['extractionId', [undefined, null, '', 'a b', '\0', 'x'.repeat(129), 5, {}]],
    ['data', [undefined, null, 'text', 5, true, [], [{}]]],
    ['occurredAt', [null, '', 'yesterday', '2025-02-30T00:00:00Z', '2025-01-20T12Z', 1_737_383_403_512, {}]],
  ])('is refused with a %s that is wrong, by its name', (name, values) => {
    for (const value of values) {
      expect(faultOf(() => publishedEvent({ ...event, [name]: value }))).toMatch(new RegExp(`^${name} must `));
      const batch = { events: [event, { ...event, [name]: value }] };
      expect(faultOf(() => publishedEvents(batch))).toMatch(new RegExp(`^events\\.1\\.${name} must `));
    }
  });
});

describe('A published batch', () => {
  it('keeps its order, up to 500 events', () => {
    const events = Array.from({ length: 500 }, (_, index) => ({ ...event, extractionId: `extract-${index}` }));
    expect(publishedEvents({ events }).map((read) => ({ ...read }))).toEqual(events);
  });

  it.each([[[]], [Array.from({ length: 501 }, () => event)], ['text'], [5], [null], [{}], [{ 0: event, length: 1 }]])(
    'is refused when its events are not 1 to 500 in an array (%#)',
    (events) => {
      expect(faultOf(() => publishedEvents({ events }))).toMatch(/^events must /);
    },
  );

  it.each([null, 5, 'text', true, [], [event]])('is refused when one of its events is %j', (entry) => {
    expect(faultOf(() => publishedEvents({ events: [event, entry] }))).toBe('events.1 must be a JSON object.');
  });
});
