import { describe, expect, it } from '@jest/globals';
import { properties, table, withMore } from './text-table.js';

describe('table', () => {
  it('aligns texts to the left and figures to the right', () => {
    const rows = [
      ['a', 1_234, new Date(0)],
      ['longer', null, null],
    ];
    expect(table(['NAME', 'COUNT', 'AT'], rows, 'None.').split('\n')).toEqual([
      'NAME    COUNT  AT',
      'a       1,234  1970-01-01T00:00:00.000Z',
      'longer      -  -',
    ]);
  });

  it('aligns columns when characters take two columns of a terminal', () => {
    const rows = [
      ['분기별 청구서', 12],
      ['invoice', 3_000],
    ];
    expect(table(['이름', '건수'], rows, '').split('\n')).toEqual([
      '이름            건수',
      '분기별 청구서     12',
      'invoice        3,000',
    ]);
  });

  it('is one sentence when there are no rows', () => {
    expect(table(['NAME'], [], 'No webhooks.')).toBe('No webhooks.');
  });

  it('shows no control characters, which could change a terminal', () => {
    expect(table(['URL'], [['a\u001b[2Jb\nc\u009bd']], '')).toBe('URL\na?[2Jb?c?d');
  });
});

describe('properties', () => {
  it('shows one property on a line', () => {
    expect(properties({ id: 'a', 'paused until': null, failures: 3 })).toBe(
      'id            a\npaused until  -\nfailures      3',
    );
  });
});

describe('withMore', () => {
  it('says that there may be more when the limit is reached', () => {
    expect(withMore('x', 1, 2)).toBe('x');
    expect(withMore('x', 2, 2)).toMatch(/^x\nThere may be more: --limit /);
  });
});
