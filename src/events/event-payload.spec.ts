import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { runs } from '../../test/support/run-length.js';
import { textOfData, withoutId } from './event-data.js';
import { MAX_PAYLOAD_BYTES, newEventOf, type PublishedEvent } from './event-payload.js';

const NOW = Date.parse('2025-01-20T14:30:04.000Z');
const published: PublishedEvent = {
  event: 'extraction.completed',
  userId: 'uid_a1b2c3d4e5f6',
  extractionId: 'extract-xyz789',
  data: '{"pages":3}',
};

/** The payload for data that another module publishes. */
const payloadOf = (data: object): string => {
  const text = withoutId(textOfData(data), data, published.extractionId, 'data');
  return newEventOf({ ...published, data: text }, NOW).payload;
};

/** The payload for data with this text in an HTTP request. */
const payloadOfText = (text: string): string => {
  const data = withoutId(text, JSON.parse(text) as object, published.extractionId, 'data');
  return newEventOf({ ...published, data }, NOW).payload;
};

const PREFIX = '{"type":"extraction.completed","timestamp":"2025-01-20T14:30:04.000Z","data":';

const refused = (code: string, message: string) => expect.objectContaining({ code, message });
const NO_JSON = refused('VALIDATION_ERROR', 'data must be an object that JSON can express');
const OTHER_ID = refused('VALIDATION_ERROR', 'data.id is always the extractionId: leave it out');
const TOO_LARGE = refused('PAYLOAD_TOO_LARGE', 'The event is larger than 262144 bytes.');

describe('newEventOf, for the payload', () => {
  it('makes exactly this text when the event has data', () => {
    expect(payloadOf({ pages: 3, tables: [{ rows: 2 }], note: null })).toBe(
      '{"type":"extraction.completed","timestamp":"2025-01-20T14:30:04.000Z",' +
        '"data":{"id":"extract-xyz789","pages":3,"tables":[{"rows":2}],"note":null}}',
    );
  });

  it('writes the id when there is no other data', () => {
    expect(payloadOf({})).toBe(
      '{"type":"extraction.completed","timestamp":"2025-01-20T14:30:04.000Z","data":{"id":"extract-xyz789"}}',
    );
  });

  it('writes the id once and first when the data repeats it', () => {
    const text = '"data":{"id":"extract-xyz789","pages":3}}';
    expect(payloadOf({ pages: 3, id: 'extract-xyz789' })).toContain(text);
    expect(payloadOf({ id: 'extract-xyz789', pages: 3 })).toContain(text);
  });

  it.each([['another'], [null], [undefined], [5], [{}], ['']])(
    'refuses data when data.id is %p instead of the id of the extraction',
    (id) => {
      expect(() => payloadOf({ id })).toThrow(OTHER_ID);
    },
  );

  it('writes escapes that PostgreSQL can store when data has NUL or lone surrogates', () => {
    const payload = payloadOf({ nul: '\0', lone: '\ud800', reversed: '\udc00\ud800', pair: '😀', '\0\udfff': 1 });
    expect(payload).toContain(
      '"nul":"\\u0000","lone":"\\ud800","reversed":"\\udc00\\ud800","pair":"😀","\\u0000\\udfff":1',
    );
    expect(payload.isWellFormed()).toBe(true);
    expect(payload).not.toContain('\0');
  });

  it('keeps all values in well-formed text without NUL when the data is any JSON object', () => {
    const data = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ stringUnit: 'binary' }));
    fc.assert(
      fc.property(data, (data) => {
        fc.pre(!('id' in data));
        const payload = payloadOf(data);
        const read = JSON.parse(payload) as { data: unknown };
        expect(JSON.stringify(read.data)).toBe(JSON.stringify({ id: 'extract-xyz789', ...data }));
        expect(payload.isWellFormed() && !payload.includes('\0')).toBe(true);
      }),
    );
  });

  it.each([
    ['large integers', '{"a":12345678901234567890,"b":9007199254740993,"c":-18446744073709551616}'],
    ['decimals', '{"price":1250.00,"a":1.10,"b":0.1000000000000000055511151231257827,"c":-0,"d":-0.0}'],
    ['exponents', '{"a":1e-400,"b":1E+400,"c":1e5,"d":-1.5E-7,"e":1e999}'],
    ['numeric keys in their order', '{"b":1,"10":2,"2":3,"-1":4,"1e3":5}'],
    ['repeated keys', '{"a":1,"a":2}'],
    ['escapes', String.raw`{"\u0041\/":"\u00e9\ud83d\ude00\b\f\n\r\t\"\\","\ud800":"\u0000"}`],
    ['names of JavaScript', '{"constructor":{"prototype":1},"toString":null,"hasOwnProperty":[]}'],
    ['line separators', '{"text":"\u2028\u2029\u0085"}'],
  ])('keeps the published text when it has %s', (_what, text) => {
    expect(payloadOfText(text)).toBe(`${PREFIX}{"id":"extract-xyz789",${text.slice(1)}}`);
  });

  it.each([
    ['{}', '{"id":"extract-xyz789"}'],
    ['{ \n}', '{"id":"extract-xyz789" \n}'],
    ['{ "a" : 1 }', '{"id":"extract-xyz789", "a" : 1 }'],
  ])('keeps white space when the text is %j', (text, data) => {
    expect(payloadOfText(text)).toBe(`${PREFIX}${data}}`);
    expect(() => JSON.parse(payloadOfText(text))).not.toThrow();
  });

  it('removes white space when the payload would be too long', () => {
    const elements = Array.from({ length: 18_000 }, (_, index) => `"${index} \\" ,"`);
    const text = `{\n  "list": [\n${elements.join(',\n        ')}\n  ]\n}`;
    expect(text.length).toBeGreaterThan(MAX_PAYLOAD_BYTES);
    expect(payloadOfText(text)).toBe(`${PREFIX}{"id":"extract-xyz789","list":[${elements.join(',')}]}}`);
  });

  it.each([
    ['{"id":"extract-xyz789"}', '{"id":"extract-xyz789"}'],
    ['{"a":1.0, "id" : "extract-xyz789" , "b":[2.0]}', '{"id":"extract-xyz789","a":1.0,"b":[2.0]}'],
    [String.raw`{"\u0069d":"extract-xyz789","\u0041":1}`, String.raw`{"id":"extract-xyz789","\u0041":1}`],
    ['{"id":"another","a":{"id":1},"id":"extract-xyz789"}', '{"id":"extract-xyz789","a":{"id":1}}'],
  ])('moves the id to the start and keeps the other members when the text is %s', (text, data) => {
    expect(payloadOfText(text)).toBe(`${PREFIX}${data}}`);
  });

  it('keeps the published text when it is any JSON object', () => {
    const number = fc.oneof(
      fc.tuple(fc.bigInt(), fc.constantFrom('', '.0', '.50', 'e400', 'E-400', '.25e+3')).map((parts) => parts.join('')),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
    );
    const string = fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text));
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        number,
        string,
        fc.constantFrom('true', 'false', 'null'),
        tie('object'),
        tie('array'),
      ),
      array: fc.array(tie('value')).map((elements) => `[${elements.join(', ')}]`),
      object: fc
        .array(fc.tuple(string, tie('value')))
        .map((members) => `{${members.map((pair) => pair.join(':')).join(',')}}`),
    }));
    const object = fc.array(fc.tuple(string, value), { minLength: 1 }).map((members) => {
      return `{${members.map((pair) => pair.join(': ')).join(' ,')}}`;
    });
    fc.assert(
      fc.property(object, (text) => {
        fc.pre(!('id' in (JSON.parse(text) as object)));
        expect(payloadOfText(text)).toBe(`${PREFIX}{"id":"extract-xyz789",${text.slice(1)}}`);
      }),
      { numRuns: runs(1_000) },
    );
  });

  it('keeps keys when objects inherit properties with these names', () => {
    const data = JSON.parse('{"constructor":"ACME","toString":1,"hasOwnProperty":2}') as object;
    expect(payloadOf(data)).toContain('"constructor":"ACME","toString":1,"hasOwnProperty":2');
  });
});

describe('newEventOf, for the size', () => {
  const envelope = payloadOf({ text: '' }).length;

  it.each([
    ['ASCII', 'a', 1],
    ['text of three bytes a character', '한', 3],
    ['text of four bytes a character', '😀', 4],
    ['escapes', '\0', 6],
  ])('refuses a payload when it has more than 256 KiB of %s', (_what, character, bytes) => {
    const room = MAX_PAYLOAD_BYTES - envelope;
    const full = 'a'.repeat(room % bytes) + character.repeat(Math.floor(room / bytes));
    expect(Buffer.byteLength(payloadOf({ text: full }))).toBe(MAX_PAYLOAD_BYTES);
    expect(() => payloadOf({ text: `${full}a` })).toThrow(TOO_LARGE);
  });
});

describe('textOfData', () => {
  const cyclic: Record<string, unknown> = { pages: 3 };
  cyclic.self = cyclic;
  const deep = Array.from({ length: 100_000 }).reduce<object>((inner) => ({ inner }), {});

  it.each([
    ['a circular reference', cyclic],
    ['a BigInt', { count: 1n }],
    ['a nested BigInt', { list: [{ count: 1n }] }],
    [
      'a toJSON method that throws',
      {
        toJSON: () => {
          throw new Error('no');
        },
      },
    ],
    ['nesting that exhausts the stack', deep],
    ['NaN', { list: [{ ratio: Number.NaN }] }],
    ['an infinite number', { ratio: -Infinity, other: 1 }],
    ['undefined in a list', { list: [1, undefined] }],
    ['a function in a list', { list: [() => 1] }],
    ['a toJSON method that returns a text', { toJSON: () => 'text' }],
    ['a toJSON method that returns undefined', { toJSON: () => undefined }],
  ])('refuses data when it has %s', (_what, data) => {
    expect(() => payloadOf(data)).toThrow(NO_JSON);
  });
});

describe('newEventOf, for the time', () => {
  it('uses the present time when occurredAt is missing', () => {
    expect(newEventOf(published, NOW).occurredAt).toEqual(new Date(NOW));
  });

  it.each([
    ['2025-01-20T14:30:03.512Z', '2025-01-20T14:30:03.512Z'],
    ['2025-01-20T14:30:03+09:00', '2025-01-20T05:30:03.000Z'],
    ['2025-01-20 14:30:03 0900', '2025-01-20T05:30:03.000Z'],
    ['1970-01-01T00:00:00Z', '1970-01-01T00:00:00.000Z'],
  ])('writes the time in UTC when occurredAt is %p', (occurredAt, timestamp) => {
    const event = newEventOf({ ...published, occurredAt }, NOW);
    expect(event.occurredAt.toISOString()).toBe(timestamp);
    expect(event.payload).toContain(`"timestamp":"${timestamp}"`);
  });
});

describe('newEventOf, for the stored event', () => {
  it('makes an id that begins with the present time when occurredAt is earlier', () => {
    const event = newEventOf({ ...published, occurredAt: '2020-01-01T00:00:00Z' }, NOW);
    expect(event).toMatchObject({
      type: published.event,
      userId: published.userId,
      extractionId: published.extractionId,
    });
    expect(Number.parseInt(event.id.replaceAll('-', '').slice(0, 12), 16)).toBe(NOW);
  });

  it('makes a new id when the same event is published again', () => {
    const ids = Array.from({ length: 100 }, () => newEventOf(published, NOW).id);
    expect(new Set(ids).size).toBe(100);
  });
});
