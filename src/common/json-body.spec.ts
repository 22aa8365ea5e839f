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

describe('parseJson', () => {
  it('returns the same as JSON.parse', () => {
    const text = fc.json().filter((text) => !text.includes('__proto__'));
    fc.assert(fc.property(text, (text) => expect(parseJson(text)).toEqual(JSON.parse(text))));
  });

  it.each(['', ' ', '\r\n\t', '\ufeff'])('returns undefined for the empty body %j', (text) => {
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
  ])('rejects %j, which is not JSON', (text) => {
    expect(() => parseJson(text)).toThrow(refusal(/^The body is not JSON: /));
  });

  it('repeats nothing of the body in its message', () => {
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

  it.each(['null', '5', '"text"', 'true', '[]'])('accepts %s and leaves its type to the route', (text) => {
    expect(parseJson(text)).toEqual(JSON.parse(text));
  });
});

describe('The depth limit of a JSON body', () => {
  it.each([
    ['arrays', nested(100), nested(101)],
    ['objects', `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`, `${'{"a":'.repeat(101)}1${'}'.repeat(101)}`],
    ['both', `${'[{"a":'.repeat(50)}1${'}]'.repeat(50)}`, `${'[{"a":'.repeat(51)}1${'}]'.repeat(51)}`],
  ])('is 100 levels of %s', (_what, allowed, refused) => {
    expect(parseJson(allowed)).toEqual(JSON.parse(allowed));
    expect(() => parseJson(refused)).toThrow(refusal(DEEP));
  });

  it('counts brackets that are open at the same time, not all brackets', () => {
    const wide = `[${Array.from({ length: 19 }, () => nested(50)).join(',')}]`;
    expect(parseJson(wide)).toHaveLength(19);
  });

  it('ignores brackets in texts with any escapes', () => {
    const texts = ['['.repeat(500), '{"'.repeat(500), '\\"['.repeat(500), '\\'.repeat(501), '"'.repeat(500)];
    expect(parseJson(JSON.stringify(texts))).toEqual(texts);
  });

  it('counts brackets after a text with escapes', () => {
    const tail = nested(101);
    for (const text of ['"\\\\"', '"\\""', '"[\\\\\\""', '"]]]]"']) {
      expect(() => parseJson(`[${text},${tail}]`)).toThrow(refusal(DEEP));
    }
    expect(() => parseJson(']'.repeat(1_000) + tail)).toThrow(refusal(/^The body/));
  });

  it('rejects a million brackets without exhausting the stack', () => {
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
  ])('is rejected in %s', (text) => {
    expect(() => parseJson(text)).toThrow(refusal(PROTOTYPE));
  });

  it('is rejected in every escaped spelling', () => {
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
  ])('is not found in %s', (text) => {
    expect(parseJson(text)).toEqual(JSON.parse(text));
  });
});

describe('The value limit of a JSON body', () => {
  const MANY = 'The body has more than 1000 values.';

  it('is 1,000 values at all depths', () => {
    const most = `{"list":[${'1,'.repeat(996)}1]}`;
    expect(parseJson(most)).toEqual(JSON.parse(most));
    expect(() => parseJson(`{"list":[${'1,'.repeat(1_000)}1]}`)).toThrow(refusal(MANY));
    expect(() => parseJson(`{"list":[${'{},'.repeat(600)}1]}`)).toThrow(refusal(MANY));
    expect(() => parseJson('{'.repeat(90) + '"a":1,'.repeat(1_000))).toThrow(refusal(MANY));
  });

  it('applies before the body is parsed', () => {
    expect(() => parseJson(`[${'nonsense,'.repeat(1_001)}`)).toThrow(refusal(MANY));
  });

  it('ignores commas and brackets inside texts', () => {
    const text = JSON.stringify({ text: ',[{'.repeat(10_000) });
    expect(parseJson(text)).toEqual(JSON.parse(text));
  });
});
