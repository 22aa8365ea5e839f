import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { runs } from '../../test/support/run-length.js';
import { textOfData, withoutId } from './event-data.js';
import { MAX_PAYLOAD_BYTES, newEventOf, type ReportedEvent } from './event-payload.js';

const NOW = Date.parse('2025-01-20T14:30:04.000Z');
const report: ReportedEvent = {
  event: 'extraction.completed',
  userId: 'uid_a1b2c3d4e5f6',
  extractionId: 'extract-xyz789',
  data: '{"pages":3}',
};

/** The payload of data that another module publishes. */
const payloadOf = (data: object): string => {
  const text = withoutId(textOfData(data), data, report.extractionId, 'data');
  return newEventOf({ ...report, data: text }, NOW).payload;
};

/** The payload of data that came over HTTP as this text. */
const payloadOfText = (text: string): string => {
  const data = withoutId(text, JSON.parse(text) as object, report.extractionId, 'data');
  return newEventOf({ ...report, data }, NOW).payload;
};

const PREFIX = '{"type":"extraction.completed","timestamp":"2025-01-20T14:30:04.000Z","data":';

const refused = (code: string, message: string) => expect.objectContaining({ code, message });
const NO_JSON = refused('VALIDATION_ERROR', 'data must be something JSON can say');
const OTHER_ID = refused('VALIDATION_ERROR', 'data.id is set by us to the extractionId: leave it out');
const TOO_LARGE = refused('PAYLOAD_TOO_LARGE', 'The event is larger than 262144 bytes.');

describe('What a receiver gets', () => {
  it('is this text, byte for byte', () => {
    expect(payloadOf({ pages: 3, tables: [{ rows: 2 }], note: null })).toBe(
      '{"type":"extraction.completed","timestamp":"2025-01-20T14:30:04.000Z",' +
        '"data":{"id":"extract-xyz789","pages":3,"tables":[{"rows":2}],"note":null}}',
    );
  });

  it('has the id even without other data', () => {
    expect(payloadOf({})).toBe(
      '{"type":"extraction.completed","timestamp":"2025-01-20T14:30:04.000Z","data":{"id":"extract-xyz789"}}',
    );
  });

  it('has the id first, also when the data repeats it', () => {
    const text = '"data":{"id":"extract-xyz789","pages":3}}';
    expect(payloadOf({ pages: 3, id: 'extract-xyz789' })).toContain(text);
    expect(payloadOf({ id: 'extract-xyz789', pages: 3 })).toContain(text);
  });

  it.each([['another'], [null], [undefined], [5], [{}], ['']])(
    'never has another id: data.id = %p is refused',
    (id) => {
      expect(() => payloadOf({ id })).toThrow(OTHER_ID);
    },
  );

  it('has NUL and lone surrogates as escapes, which PostgreSQL stores', () => {
    const payload = payloadOf({ nul: '\0', lone: '\ud800', reversed: '\udc00\ud800', pair: '😀', '\0\udfff': 1 });
    expect(payload).toContain(
      '"nul":"\\u0000","lone":"\\ud800","reversed":"\\udc00\\ud800","pair":"😀","\\u0000\\udfff":1',
    );
    expect(payload.isWellFormed()).toBe(true);
    expect(payload).not.toContain('\0');
  });

  it('says what was reported, whatever it was, in text that any database and any receiver can read', () => {
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
    ['keys that are there twice', '{"a":1,"a":2}'],
    ['escapes', String.raw`{"\u0041\/":"\u00e9\ud83d\ude00\b\f\n\r\t\"\\","\ud800":"\u0000"}`],
    ['names of JavaScript', '{"constructor":{"prototype":1},"toString":null,"hasOwnProperty":[]}'],
    ['line separators', '{"text":"\u2028\u2029\u0085"}'],
  ])('is the text that was published: %s', (_what, text) => {
    expect(payloadOfText(text)).toBe(`${PREFIX}{"id":"extract-xyz789",${text.slice(1)}}`);
  });

  it.each([
    ['{}', '{"id":"extract-xyz789"}'],
    ['{ \n}', '{"id":"extract-xyz789" \n}'],
    ['{ "a" : 1 }', '{"id":"extract-xyz789", "a" : 1 }'],
  ])('keeps white space: %j', (text, data) => {
    expect(payloadOfText(text)).toBe(`${PREFIX}${data}}`);
    expect(() => JSON.parse(payloadOfText(text))).not.toThrow();
  });

  it('is without white space when it would be too long with it', () => {
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
  ])('has the id once and first, and the rest as it was published: %s', (text, data) => {
    expect(payloadOfText(text)).toBe(`${PREFIX}${data}}`);
  });

  it('keeps any JSON text', () => {
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

  it('keeps keys that objects inherit', () => {
    const data = JSON.parse('{"constructor":"ACME","toString":1,"hasOwnProperty":2}') as object;
    expect(payloadOf(data)).toContain('"constructor":"ACME","toString":1,"hasOwnProperty":2');
  });
});

describe('The size of an event', () => {
  const envelope = payloadOf({ text: '' }).length;

  it.each([
    ['ASCII', 'a', 1],
    ['text of three bytes a character', '한', 3],
    ['text of four bytes a character', '😀', 4],
    ['escapes', '\0', 6],
  ])('is 256 KiB at most, counted in bytes: %s', (_what, character, bytes) => {
    const room = MAX_PAYLOAD_BYTES - envelope;
    const full = 'a'.repeat(room % bytes) + character.repeat(Math.floor(room / bytes));
    expect(Buffer.byteLength(payloadOf({ text: full }))).toBe(MAX_PAYLOAD_BYTES);
    expect(() => payloadOf({ text: `${full}a` })).toThrow(TOO_LARGE);
  });
});

describe('What JSON can not say', () => {
  const cyclic: Record<string, unknown> = { pages: 3 };
  cyclic.self = cyclic;
  const deep = Array.from({ length: 100_000 }).reduce<object>((inner) => ({ inner }), {});

  it.each([
    ['a circle', cyclic],
    ['a BigInt', { count: 1n }],
    ['a BigInt far inside', { list: [{ count: 1n }] }],
    [
      'what throws when it is read',
      {
        toJSON: () => {
          throw new Error('no');
        },
      },
    ],
    ['nesting that exhausts the stack', deep],
    ['a number that is none', { list: [{ ratio: Number.NaN }] }],
    ['a number without end', { ratio: -Infinity, other: 1 }],
    ['a hole in a list', { list: [1, undefined] }],
    ['a function in a list', { list: [() => 1] }],
    ['what makes a text of itself', { toJSON: () => 'text' }],
    ['what makes nothing of itself', { toJSON: () => undefined }],
  ])('is refused: %s', (_what, data) => {
    expect(() => payloadOf(data)).toThrow(NO_JSON);
  });
});

describe('The time of an event', () => {
  it('is now when it is left out', () => {
    expect(newEventOf(report, NOW).occurredAt).toEqual(new Date(NOW));
  });

  it.each([
    ['2025-01-20T14:30:03.512Z', '2025-01-20T14:30:03.512Z'],
    ['2025-01-20T14:30:03+09:00', '2025-01-20T05:30:03.000Z'],
    ['2025-01-20 14:30:03 0900', '2025-01-20T05:30:03.000Z'],
    ['1970-01-01T00:00:00Z', '1970-01-01T00:00:00.000Z'],
  ])('is %p as it was reported, in UTC', (occurredAt, timestamp) => {
    const event = newEventOf({ ...report, occurredAt }, NOW);
    expect(event.occurredAt.toISOString()).toBe(timestamp);
    expect(event.payload).toContain(`"timestamp":"${timestamp}"`);
  });
});

describe('The event that is stored', () => {
  it('says whose it is, of what, and has an id that begins with the time it came', () => {
    const event = newEventOf({ ...report, occurredAt: '2020-01-01T00:00:00Z' }, NOW);
    expect(event).toMatchObject({ type: report.event, userId: report.userId, extractionId: report.extractionId });
    expect(Number.parseInt(event.id.replaceAll('-', '').slice(0, 12), 16)).toBe(NOW);
  });

  it('has an id of its own, however often the same is reported', () => {
    const ids = Array.from({ length: 100 }, () => newEventOf(report, NOW).id);
    expect(new Set(ids).size).toBe(100);
  });
});
