import { describe, expect, it } from '@jest/globals';
import { shownValue } from './shown-value.js';

describe('The value of an invalid variable', () => {
  it('is shown with escaped control characters', () => {
    expect(shownValue('PORT', '80a')).toBe('; it is "80a"');
    expect(shownValue('ROLE', 'a\u001b[31m\nb')).toBe(String.raw`; it is "a\u001b[31m\nb"`);
  });

  it('is cut when it is long', () => {
    expect(shownValue('CORS_ORIGINS', 'x'.repeat(1_000))).toBe(`; it is "${'x'.repeat(100)}…"`);
  });

  it.each(['SECRETS_KEY', 'SECRETS_KEY_FALLBACKS', 'BOOTSTRAP_API_KEY', 'DELIVERY_PROXY'])(
    'is not shown when it is %s',
    (name) => {
      expect(shownValue(name, 'hunter2')).toBe('');
    },
  );

  it.each(['dm_live_abc123def456ghi789jkl012mno345', `p@ss:${'0123456789abcdef'.repeat(4)}`, 'x'.repeat(19) + '1'])(
    'is not shown when it may be a secret: %s',
    (value) => {
      expect(shownValue('HOST', value)).toBe('');
      expect(shownValue('DATABASE_URL', `mysql://${value}`)).not.toContain(value);
    },
  );

  it.each([
    ['localhost:5432/docmap', 'localhost:5432/docmap'],
    ['mysql://db/docmap', 'mysql://db/docmap'],
    ['mysql://root:hunter2@db/docmap', 'mysql://********@db/docmap'],
    ['postgres//root:hunter2@db/docmap', '********@db/docmap'],
    ['root:hunter2@db', '********@db'],
    ['mysql://root:hunter2@hun/ter2?hunter2@db/docmap', 'mysql://********@db/docmap'],
    ['mysql://db/docmap?user=root&password=hunter2', 'mysql://db/docmap?********'],
    ['host=db password=hunter2', 'host=********'],
  ])('is shown without credentials when it is %s', (value, shown) => {
    expect(shownValue('DATABASE_URL', value)).toBe(`; it is "${shown}"`);
    expect(shownValue('DIRECT_DATABASE_URL', value)).toBe(`; it is "${shown}"`);
  });
});
