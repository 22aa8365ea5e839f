import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { validateSync } from 'class-validator';
import * as fc from 'fast-check';
import { runs } from '../../test/support/run-length.js';
import { setEventNames } from '../common/event-names.js';
import { DomainError } from '../common/domain-error.js';
import { JsonText } from '../common/json-text.js';
import { EventTypes } from '../webhooks/event-types.js';
import { isSound } from './event-fields.js';
import { PublishEventDto } from './events.dto.js';
import { publishedEvent, publishedEvents } from './publish-body.js';

const event = { event: 'extraction.completed', userId: 'uid_1', extractionId: 'extract-1', data: { pages: 3 } };
const read = { ...event, data: '{"pages":3}', occurredAt: undefined };

const types = new EventTypes();

const single = (body: unknown) => publishedEvent(textOf(body), types);
const batch = (body: unknown) => publishedEvents(textOf(body), types);

/** The JSON text of a body. A string is used as it is. */
function textOf(body: unknown): JsonText | undefined {
  if (body === undefined) return undefined;
  return new JsonText(typeof body === 'string' ? body : JSON.stringify(body));
}

async function faultOf(publish: () => unknown): Promise<string> {
  try {
    await publish();
  } catch (error) {
    if (error instanceof DomainError && error.code === 'VALIDATION_ERROR') return error.message;
    throw error;
  }
  throw new Error('It was accepted');
}

describe('publishedEvent', () => {
  it('keeps the text of data when the event is valid', async () => {
    const data = '{ "n": 1.0 ,"constructor":"ACME Builders","prototype":"X-1","toString":null}';
    const text = `{"event":"extraction.failed","userId":"uid_1", "extractionId":"extract-1",
      "data" : ${data} ,"occurredAt":"2025-01-20T14:30:03.512Z"}`;
    const expected = { ...read, event: 'extraction.failed', data, occurredAt: '2025-01-20T14:30:03.512Z' };
    expect(single(text)).toEqual(expected);
    expect(await batch(`{"events":[${text}]}`)).toEqual([expected]);
    expect(single(event)).toEqual(read);
  });

  it('reads an event when names have escapes', () => {
    const text = String.raw`{"\u0065vent":"extraction.completed","userI\u0064":"uid_1","extractionId":"extract-1","d\u0061ta":{"pages":3}}`;
    expect(single(text)).toEqual(read);
  });

  it('keeps the text of data when it is any JSON object', () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })).map((data) => JSON.stringify(data));
    fc.assert(
      fc.property(object, (data) => {
        fc.pre(!data.includes('__proto__') && !('id' in (JSON.parse(data) as object)));
        expect(single(JSON.stringify({ ...event, data: 0 }).replace('"data":0', () => `"data":${data}`)).data).toBe(
          data,
        );
      }),
    );
  });

  it.each(['event', 'userId', 'extractionId', 'data', 'occurredAt'])(
    'refuses a body when it has %s twice',
    async (name) => {
      const field = `"${name}":${JSON.stringify({ ...event, occurredAt: '2025-01-20T14:30:03Z' }[name])}`;
      const text = JSON.stringify({ ...event, [name]: undefined }).replace('{', `{${field},${field},`);
      expect(await faultOf(() => single(text))).toBe('The body must not have two fields of the same name');
      expect(await faultOf(() => batch(`{"events":[${text}]}`))).toBe(
        'events[0] must not have two fields of the same name',
      );
    },
  );

  it('accepts fields exactly when they keep the rules of the class', () => {
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
    const names = Object.keys(sound);
    let taken = 0;
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...names), field), { maxLength: 2 }), (changes) => {
        const dto = Object.assign(new PublishEventDto(), sound, Object.fromEntries(changes));
        setEventNames(dto, types);
        const faults = validateSync(dto);
        expect(isSound(dto, types)).toBe(faults.length === 0);
        taken += faults.length === 0 ? 1 : 0;
      }),
      { numRuns: runs(2_000) },
    );
    expect(taken).toBeGreaterThan(100);
    expect(taken).toBeLessThan(1_900);
  });

  it.each([null, 5, '"text"', true, [], [event]])('refuses a body when it is %j', async (body) => {
    expect(await faultOf(() => single(body))).toMatch(
      /^The body must be a JSON object with event, userId, extractionId, data and occurredAt, not (null|an array|a \w+)$/,
    );
    expect(await faultOf(() => batch(body))).toMatch(
      /^The body must be a JSON object with events, not (an array|a text)$/,
    );
  });

  it('names each missing field when the body is empty', async () => {
    for (const body of [undefined, '', ' \n', {}]) {
      const fault = await faultOf(() => single(body));
      for (const field of ['event', 'userId', 'extractionId', 'data']) expect(fault).toContain(`${field} is missing; `);
      expect(await faultOf(() => batch(body))).toBe('events is missing; it must be an array of 1 to 500 events');
    }
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
  ])('names the field when the unknown field %j is present', async (name) => {
    const shown = name === '' ? '""' : name;
    const fields = 'should not exist; the fields are event, userId, extractionId, data and occurredAt';
    expect(await faultOf(() => single({ ...event, [name]: 'x' }))).toBe(`${shown} ${fields}`);
    const events = [event, { ...event, [name]: 'x' }];
    expect(await faultOf(() => batch({ events }))).toBe(`events[1].${shown} ${fields}`);
    expect(await faultOf(() => batch({ events: [event], [name]: 'x' }))).toBe(
      `${shown} should not exist; the fields are events`,
    );
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
  ])('names the field when %s is invalid', async (name, values) => {
    for (const value of values) {
      const wrong = new RegExp(`^${name}( must |: | is missing; )`);
      expect(await faultOf(() => single({ ...event, [name]: value }))).toMatch(wrong);
      const fault = await faultOf(() => batch({ events: [event, { ...event, [name]: value }] }));
      expect(fault.replace(/^events\[1\]\./, '')).toMatch(wrong);
      expect(fault).toMatch(/^events\[1\]\./);
    }
  });

  it('refuses an event before parsing when it is larger than 576 KiB', async () => {
    const tooLarge = expect.objectContaining({ code: 'PAYLOAD_TOO_LARGE' });
    const text = `{"nonsense${' '.repeat(600_000)}`;
    expect(() => single(text)).toThrow(tooLarge);
    await expect(batch(`{"events":[${text}"}]}`)).rejects.toEqual(tooLarge);
  });
});

describe('publishedEvents', () => {
  it('keeps the order when there are 500 events', async () => {
    const events = Array.from({ length: 500 }, (_, index) => ({ ...event, extractionId: `extract-${index}` }));
    expect(await batch({ events })).toEqual(events.map(({ extractionId }) => ({ ...read, extractionId })));
  });

  it.each([[[]], [Array.from({ length: 501 }, () => event)], ['text'], [5], [null], [{}], [{ 0: event, length: 1 }]])(
    'refuses a batch when events is not an array of 1 to 500 (%#)',
    async (events) => {
      expect(await faultOf(() => batch({ events }))).toMatch(/^events must /);
    },
  );

  it('refuses a batch before reading an event when there are too many', async () => {
    expect(await faultOf(() => batch(`{"events":[${'nonsense,'.repeat(501)}]}`))).toBe(
      'events must have 1 to 500 events',
    );
  });

  it.each([null, 5, 'text', true, [], [event]])('refuses a batch when one of its events is %j', async (entry) => {
    expect(await faultOf(() => batch({ events: [event, entry] }))).toMatch(
      /^events\[1\] must be a JSON object with event, /,
    );
  });

  it('names ten faults when several events are invalid', async () => {
    const wrong = { ...event, userId: 'a b', extractionId: '' };
    const fault = await faultOf(() => batch({ events: [wrong, event, ...Array.from({ length: 498 }, () => wrong)] }));
    expect(fault).toContain('events[0].userId must be');
    expect(fault).toContain('events[2].extractionId must be');
    expect(fault.split('; ')).toHaveLength(10);
  });

  it.each([
    '{"events":[1 2]}',
    '{"events":[{},]}',
    '{"events":[,{}]}',
    '{"events":[{}]',
    '{"events":[{}]}}',
    '{"events":[{}] x}',
    '{"events":[{}}]',
    '{"events" [{}]}',
    '{events:[{}]}',
    "{'events':[{}]}",
    '{"events":[{}]}{"events":[{}]}',
    '{"events":[{"event":}]}',
    '{"events":[{}],"events":[{}]}',
  ])('refuses a batch when it is not JSON or has events twice: %s', async (text) => {
    await expect(batch(text)).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
  });

  it('returns to the event loop often when a batch has the slowest data', async () => {
    const texts = Array.from({ length: 20 }, (_, index) => {
      return JSON.stringify({ ...event, data: 0 }).replace('"data":0', `"data":${dataWithDistinctKeys(index)}`);
    });
    let turns = 0;
    const counter = setInterval(() => (turns += 1), 0);
    await batch(`{"events":[${texts.join(',')}]}`);
    clearInterval(counter);
    expect(turns).toBeGreaterThan(10);
  });
});

/** The slowest data to parse: objects that each have a different key. */
function dataWithDistinctKeys(index: number): string {
  const members = Array.from({ length: 10_000 }, (_, member) => `{"k${index}_${member}":0}`);
  return `{"list":[${members.join(',')}]}`;
}
