import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { parseJson } from './json-body.js';

function refusal(message: string | RegExp) {
  return expect.objectContaining({
    code: 'VALIDATION_ERROR',
    message: typeof message === 'string' ? message : expect.stringMatching(message),
  });
}

const nested = (depth: number, open = '[', close = ']') => open.repeat(depth) + close.repeat(depth);
const PROTOTYPE = 'The body must not have a key "__proto__".';
const DEEP = 'The body is nested deeper than 100 levels.';

describe('A JSON body', () => {
  it('is read as JSON is', () => {
    const text = fc.json().filter((text) => !text.includes('__proto__'));
    fc.assert(fc.property(text, (text) => expect(parseJson(text)).toEqual(JSON.parse(text))));
  });

  it.each(['', ' ', '\r\n\t', '\ufeff'])('is nothing when it is empty (%j)', (text) => {
    expect(parseJson(text)).toBeUndefined();
  });

  it.each([
    '{',
    '}',
    '{"a":}',
    "{'a':1}",
    '{a:1}',
    '[1,]',
    '{"a":1} x',
    'undefined',
    'NaN',
    '01',
    '"a',
    '"\n"',
    '\0',
    '{"a":"\\u12"}',
  ])('is refused when it is not JSON (%j)', (text) => {
    expect(() => parseJson(text)).toThrow(refusal(/^The body is not JSON: /));
  });

  it('is refused without a word of what it holds', () => {
    const broken = fc.tuple(
      fc.constantFrom('', '{"a":', '["x",', "{'", '\n'),
      fc.constantFrom('', '}', '"', '"}', ' '),
    );
    const secret = fc.stringMatching(/^[g-z]{8}$/).filter((text) => !'undefinedunexpectedterminated'.includes(text));
    fc.assert(
      fc.property(broken, secret, ([before, behind], secret) => {
        expect(() => parseJson(`${before}${secret}${behind}`)).toThrow(
          refusal(/^The body is not JSON: (?!.*is not valid)/),
        );
        expect(() => parseJson(`${before}${secret}${behind}`)).not.toThrow(secret);
      }),
    );
  });

  it.each(['null', '5', '"text"', 'true', '[]'])('may be %s: what it must be is for its reader to say', (text) => {
    expect(parseJson(text)).toEqual(JSON.parse(text));
  });
});

describe('The depth of a JSON body', () => {
  it.each([
    ['arrays', nested(100), nested(101)],
    ['objects', `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`, `${'{"a":'.repeat(101)}1${'}'.repeat(101)}`],
    ['both', `${'[{"a":'.repeat(50)}1${'}]'.repeat(50)}`, `${'[{"a":'.repeat(51)}1${'}]'.repeat(51)}`],
  ])('of %s is 100 at most', (_what, allowed, refused) => {
    expect(parseJson(allowed)).toEqual(JSON.parse(allowed));
    expect(() => parseJson(refused)).toThrow(refusal(DEEP));
  });

  it('counts what is open at a time, not what there is', () => {
    const wide = `[${Array.from({ length: 500 }, () => nested(50)).join(',')}]`;
    expect(parseJson(wide)).toHaveLength(500);
  });

  it('does not count brackets in text, whatever is escaped there', () => {
    const texts = ['['.repeat(500), '{"'.repeat(500), '\\"['.repeat(500), '\\'.repeat(501), '"'.repeat(500)];
    expect(parseJson(JSON.stringify(texts))).toEqual(texts);
  });

  it('can not be hidden behind text', () => {
    const tail = nested(101);
    for (const text of ['"\\\\"', '"\\""', '"[\\\\\\""', '"]]]]"']) {
      expect(() => parseJson(`[${text},${tail}]`)).toThrow(refusal(DEEP));
    }
    expect(() => parseJson(']'.repeat(1_000) + tail)).toThrow(refusal(/^The body/));
  });

  it('of a million brackets is refused and exhausts nothing', () => {
    expect(() => parseJson('['.repeat(1_000_000))).toThrow(refusal(DEEP));
    expect(() => parseJson('{"a":'.repeat(1_000_000))).toThrow(refusal(DEEP));
  });
});

describe('The key __proto__ in a JSON body', () => {
  it.each([
    '{"__proto__":{"admin":true}}',
    '{"__proto__" :1}',
    '{"__proto__"\n\t:1}',
    '{"a":[{"b":{"__proto__":null}}]}',
    '{"\\u005f_proto__":1}',
    '{"\\u005F\\u005fproto\\u005f\\u005F":1}',
    '{"__\\u0070roto__":1}',
    '{"__p\\u0072oto__":1}',
    '{"__pr\\u006fto__":1}',
    '{"__pro\\u0074o__":1}',
    '{"__prot\\u006F__":1}',
    '{"\\u005f\\u005f\\u0070\\u0072\\u006f\\u0074\\u006f\\u005f\\u005f":1}',
  ])('is refused however it is written: %s', (text) => {
    expect(() => parseJson(text)).toThrow(refusal(PROTOTYPE));
  });

  it('is refused in every spelling that JSON has for it', () => {
    const spelled = fc
      .tuple(
        ...[...'__proto__'].map((character) => {
          const hex = character.charCodeAt(0).toString(16).padStart(4, '0');
          return fc.constantFrom(character, `\\u${hex}`, `\\u${hex.toUpperCase()}`);
        }),
      )
      .map((characters) => `{"a":{"${characters.join('')}":{}}}`);
    fc.assert(fc.property(spelled, (text) => expect(() => parseJson(text)).toThrow(refusal(PROTOTYPE))));
  });

  it.each([
    '{"text":"__proto__"}',
    '{"text":"say \\"__proto__\\": no"}',
    '["__proto__"]',
    '{"proto":1,"_proto_":2,"__PROTO__":3,"__proto__s":4,"a__proto__":5}',
    '{"constructor":{"prototype":1}}',
  ])('is not mistaken: %s', (text) => {
    expect(parseJson(text)).toEqual(JSON.parse(text));
  });
});

const TOO_LARGE = 'The body has a number that is too large: send it as text.';

describe('A number in a JSON body', () => {
  it.each([
    '1e999',
    '-1e999',
    '[1e309]',
    '{"a":1.8E+308}',
    '{"a":[{"b":-2e+0309}]}',
    '{"data":{"price":1e400},"other":"x"}',
    `{"a":${'9'.repeat(309)}}`,
    `[${'9'.repeat(305)}.5e4]`,
    `{"text":"\\"","a":1${'0'.repeat(400)}}`,
  ])('that would become null is refused: %.40s', (text) => {
    expect(() => parseJson(text)).toThrow(refusal(TOO_LARGE));
  });

  it.each([
    '1.7976931348623157e308',
    '-1.7976931348623157E+308',
    '[1e308,1e-999,0.5,-0,1E2]',
    `[${'9'.repeat(300)}]`,
    `{"a":0.${'1'.repeat(500)}}`,
    `{"1e999":"1e999","a":"\\"1e999"}`,
    '{"e":true,"E":false,"hash":"5e999d"}',
  ])('that JavaScript has is taken, and so is text: %.40s', (text) => {
    expect(parseJson(text)).toEqual(JSON.parse(text));
  });

  it('is never taken when it would be written as null, wherever it stands', () => {
    const number = fc
      .tuple(fc.bigInt({ min: 1n, max: 10n ** 20n }), fc.integer({ min: -400, max: 400 }))
      .map(([digits, exponent]) => `${digits}e${exponent}`);
    const text = fc
      .array(
        fc.oneof(
          number,
          fc.json(),
          fc.string().map((value) => JSON.stringify(value)),
        ),
      )
      .map((values) => `{"data":[${values.join(',')}]}`)
      .filter((value) => !value.includes('__proto__'));
    fc.assert(
      fc.property(text, (value) => {
        // JSON has no Infinity: the reviver sees what parsing made of numbers.
        let isFinite = true;
        JSON.parse(value, (_key, inner: unknown) => {
          if (typeof inner === 'number') isFinite &&= Number.isFinite(inner);
        });
        if (isFinite) expect(parseJson(value)).toEqual(JSON.parse(value));
        else expect(() => parseJson(value)).toThrow(refusal(TOO_LARGE));
      }),
      { numRuns: 500 },
    );
  });
});
