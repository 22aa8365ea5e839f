import { describe, expect, it } from '@jest/globals';
import { misspeltNames } from './misspelt-names.js';

const NAMES = ['PORT', 'HOST', 'ROLE', 'SECRETS_KEY', 'DATABASE_URL'];

describe('misspeltNames', () => {
  it.each([
    ['a missing letter', 'SECRET_KEY', 'SECRETS_KEY'],
    ['a missing first letter', 'ATABASE_URL', 'DATABASE_URL'],
    ['an extra letter', 'DATABASE_URLS', 'DATABASE_URL'],
    ['another letter', 'DATABASE-URL', 'DATABASE_URL'],
    ['another last letter', 'SECRETS_KEZ', 'SECRETS_KEY'],
    ['another first letter', 'XOLE', 'ROLE'],
    ['two swapped letters', 'PROT', 'PORT'],
  ])('finds a name with %s', (_how, given, meant) => {
    expect(misspeltNames({ [given]: 'hunter2' }, NAMES)).toEqual([
      `${given} is not a variable of this service and is ignored; did you mean ${meant}?`,
    ]);
  });

  it.each(['PORT', 'PATH', 'HOME', 'SORTED', 'HOSTNAME', 'SECRET_KEI', 'port', 'PO', '', 'TPOR', 'OTHER'])(
    'ignores %j',
    (given) => {
      expect(misspeltNames({ [given]: 'x' }, NAMES)).toEqual([]);
    },
  );
});
