import { describe, expect, it } from '@jest/globals';
import { setMember } from './set-member.js';

function after(...settings: string[]): unknown {
  const event = { data: { id: 'a', list: [1, 2] } as Record<string, unknown> };
  for (const setting of settings) setMember(event, setting);
  return event.data;
}

describe('--set', () => {
  it.each<[string[], object]>([
    [['data.pages=3'], { pages: 3 }],
    [['data.title=A title'], { title: 'A title' }],
    [['data.code="3"'], { code: '3' }],
    [['data.empty='], { empty: '' }],
    [['data.equation=a=b'], { equation: 'a=b' }],
    [['data.a.b=true', 'data.a.c=null'], { a: { b: true, c: null } }],
    [['data.list.1={"x":1}'], { list: [1, { x: 1 }] }],
    [['data.big=1.5e3'], { big: 1_500 }],
  ])('sets members: %j', (settings, expected) => {
    expect(after(...settings)).toEqual({ id: 'a', list: [1, 2], ...expected });
  });

  it('replaces the data', () => {
    expect(after('data={"b":1}')).toEqual({ b: 1 });
  });

  it('sets a member with the name of a prototype, and no prototype', () => {
    expect(JSON.stringify(after('data.__proto__.polluted=1'))).toContain('"__proto__":{"polluted":1}');
    expect({}).not.toHaveProperty('polluted');
  });

  it.each([
    ['pages=3', /path of data/],
    ['data.pages', /path of data/],
    ['=3', /path of data/],
    ['data..a=3', /path of data/],
    ['data=3', /must stay an object/],
    ['data=[1]', /must stay an object/],
    ['data.n=9007199254740993', /lose digits/],
  ])('refuses %s', (setting, expected) => {
    expect(() => after(setting)).toThrow(expected);
  });
});
