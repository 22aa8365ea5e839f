import { describe, expect, it } from '@jest/globals';
import { misspeltNames } from './misspelt-names.js';

const NAMES = ['PORT', 'HOST', 'ROLE', 'SECRETS_KEY', 'DATABASE_URL'];

describe('A variable of the environment', () => {
  it.each([
    ['a letter too few', 'SECRET_KEY', 'SECRETS_KEY'],
    ['the first letter missing', 'ATABASE_URL', 'DATABASE_URL'],
    ['a letter too many', 'DATABASE_URLS', 'DATABASE_URL'],
    ['another letter', 'DATABASE-URL', 'DATABASE_URL'],
    ['another last letter', 'SECRETS_KEZ', 'SECRETS_KEY'],
    ['another first letter', 'XOLE', 'ROLE'],
    ['two letters in the wrong order', 'PROT', 'PORT'],
  ])('is taken for a misspelt one with %s', (_how, given, meant) => {
    expect(misspeltNames({ [given]: 'hunter2' }, NAMES)).toEqual([
      `${given} is not a variable of this service and is ignored: is it ${meant}?`,
    ]);
  });

  it.each(['PORT', 'PATH', 'HOME', 'SORTED', 'HOSTNAME', 'SECRET_KEI', 'port', 'PO', '', 'TPOR', 'OTHER'])(
    'is left alone when it is %j',
    (given) => {
      expect(misspeltNames({ [given]: 'x' }, NAMES)).toEqual([]);
    },
  );
});
