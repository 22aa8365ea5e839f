import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { runs } from '../../test/support/run-length.js';
import { membersOf, withZeros } from './json-members.js';

/** The members of a text as pairs of name and value text. */
const read = (text: string) =>
  membersOf(text).members.map(({ name, start, value }) => ({
    name,
    member: text.slice(start, value.end),
    value: text.slice(value.start, value.end),
  }));

const RUNS = runs(2_000);

const space = fc.stringMatching(/^[ \t\r\n]{0,3}$/);
const valueText = fc.json({ maxDepth: 4, stringUnit: 'binary' });

describe('membersOf', () => {
  it('finds the members of an object with their exact text', () => {
    const member = fc.tuple(fc.string({ unit: 'binary' }), valueText, space, space, space, space);
    fc.assert(
      fc.property(fc.array(member), space, (members, around) => {
        const texts = members.map(([name, value, a, b, c, d]) => {
          return {
            name,
            key: JSON.stringify(name),
            value,
            written: `${a}${JSON.stringify(name)}${b}:${c}${value}${d}`,
          };
        });
        const text = `${around}{${texts.map(({ written }) => written).join(',')}}${around}`;
        expect(read(text)).toEqual(
          texts.map(({ name, value, written }) => ({ name, value: value.trim(), member: written.trim() })),
        );
      }),
    );
  });

  it('finds the elements of an array', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(space, valueText, space)), (elements) => {
        const text = `[${elements.map((parts) => parts.join('')).join(',')}]`;
        expect(read(text).map(({ value }) => value)).toEqual(elements.map(([, value]) => value.trim()));
        expect(read(text).every(({ name }) => name === undefined)).toBe(true);
      }),
    );
  });

  it.each(['', ' ', '1', 'null', '"{}"', '"a:b,c"', '[]', '{}', ' [ ] ', '{\n}'])('finds no members in %j', (text) => {
    expect(membersOf(text).members).toEqual([]);
  });

  it('decodes names with escapes', () => {
    const text = String.raw`{"d\u0061ta":1,"\"":2,"\\":3,"a\\\"b":4,"":5}`;
    expect(read(text).map(({ name }) => name)).toEqual(['data', '"', '\\', 'a\\"b', '']);
  });

  it('stops at the limits for members and values', () => {
    const text = `[${'0,'.repeat(1_000)}0]`;
    expect(membersOf(text, { maxMembers: 10 }).members).toHaveLength(11);
    expect(membersOf(text, { maxMembers: 1_001 }).members).toHaveLength(1_001);
    expect(membersOf(text, { maxValues: 10 }).values).toBe(11);
  });

  it('throws nothing when the text is not JSON', () => {
    for (const part of ['[', '{', '"', '\\', '"\\', ',', ':', ']', '}', '{"a":', '[[]', '"a",']) {
      const text = part.repeat(50);
      expect(() => withZeros(text, membersOf(text).members)).not.toThrow();
    }
  });
});

describe('withZeros', () => {
  it('returns JSON exactly if the text is JSON and each member is valid', () => {
    const damage = fc.constantFrom('', ',', ':', '[', ']', '{', '}', '"', '1', ' ', '\\', 'x', 'null');
    const container = fc.oneof(
      fc.array(fc.jsonValue()).map((value) => JSON.stringify(value)),
      fc.dictionary(fc.string(), fc.jsonValue()).map((value) => JSON.stringify(value)),
    );
    let valid = 0;
    fc.assert(
      fc.property(container, fc.nat(), damage, (json, at, inserted) => {
        const index = at % (json.length + 1);
        const text = json.slice(0, index) + inserted + json.slice(index);
        const { members } = membersOf(text);
        const parts = [withZeros(text, members), ...members.map(({ value }) => text.slice(value.start, value.end))];
        expect(parts.every(isJson)).toBe(isJson(text));
        valid += isJson(text) ? 1 : 0;
      }),
      { numRuns: RUNS },
    );
    expect(valid).toBeGreaterThan(RUNS / 20);
    expect(valid).toBeLessThan(RUNS - RUNS / 20);
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
