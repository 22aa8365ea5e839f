import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { plainToInstance, Type } from 'class-transformer';
import { IsBoolean, validateSync, ValidateNested } from 'class-validator';
import * as fc from 'fast-check';
import { unknownFieldsError, validationError } from './validation-error.js';
import { ExternalId, IntegerQuery, ListOf, MayBeAbsent, OneOf, PlainText, Timestamp } from './validation.js';
import { text } from '../translations/phrase.js';

class Sample {
  @PlainText(1, 10)
  name = 'name';

  @ExternalId('uid_1')
  owner = 'uid_1';

  @IntegerQuery(1, 100, 50)
  limit?: number;

  @Timestamp()
  at = '2025-01-20T14:30:04.000Z';

  @MayBeAbsent()
  @Timestamp()
  until?: string;

  @MayBeAbsent()
  @ValidateNested({ each: true })
  @Type(() => Inner)
  inner?: Inner[];
}

class Inner {
  @IsBoolean({ message: '$property must be true or false' })
  flag: boolean;

  @MayBeAbsent()
  @ValidateNested()
  @Type(() => Inner)
  inner?: Inner;
}

/** The validation message for these fields. Undefined for a valid request. */
function faultOf(fields: Record<string, unknown>): string | undefined {
  const sample = plainToInstance(Sample, fields, { exposeDefaultValues: true });
  const errors = validateSync(sample, { whitelist: true, forbidNonWhitelisted: true });
  return errors.length === 0 ? undefined : validationError(errors).message;
}

describe('The rule for plain text', () => {
  const fault = /^name must be text of 1 to 10 characters without control characters, not ./;

  it.each(['a', '0123456789', ' ', '한국어', 'a b', 'é', '😀'.repeat(10), '<script>', '\u00a0', "';--"])(
    'accepts %j',
    (name) => {
      expect(faultOf({ name })).toBeUndefined();
    },
  );

  it.each([
    '',
    '01234567890',
    '😀'.repeat(11),
    'a\0',
    '\0',
    'a\nb',
    'a\r',
    '\t',
    '\u001b[31m',
    '\u007f',
    '\u0085',
    '\u009f',
    '\ud800',
    'a\udc00',
    '\udc00\ud800',
    null,
    5,
    true,
    {},
    [],
    ['name'],
    { length: 3 },
    new Date(0),
  ])('rejects %j', (name) => {
    expect(faultOf({ name })).toMatch(fault);
  });

  it('accepts only text that PostgreSQL and JSON store unchanged', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 10 }), (name) => {
        fc.pre(faultOf({ name }) === undefined);
        expect(Buffer.from(name, 'utf8').toString('utf8')).toBe(name);
        expect(name).not.toContain('\0');
      }),
    );
  });
});

describe('The rule for external ids', () => {
  it.each(['a', 'uid_a1b2c3d4e5f6', 'extract-xyz789', '!~', 'a'.repeat(128), '"\'<>&', '../..', '%00'])(
    'accepts %j',
    (owner) => {
      expect(faultOf({ owner })).toBeUndefined();
    },
  );

  it.each([
    '',
    ' ',
    'a b',
    'a\n',
    '\na',
    'a\0',
    'ü',
    'ａ',
    '\u007f',
    'a'.repeat(129),
    null,
    5,
    {},
    [],
    ['uid_1'],
    true,
  ])('rejects %j', (owner) => {
    expect(faultOf({ owner })).toMatch(/^owner must be a text of 1 to 128 visible ASCII characters, not ./);
  });
});

describe('The rule for whole numbers in a query', () => {
  it.each([
    ['1', 1],
    ['50', 50],
    ['100', 100],
    ['007', 7],
  ])('reads %j as %i', (text, limit) => {
    expect(faultOf({ limit: text })).toBeUndefined();
    expect(plainToInstance(Sample, { limit: text }).limit).toBe(limit);
  });

  it('accepts an absent number', () => {
    expect(faultOf({})).toBeUndefined();
    expect(plainToInstance(Sample, {}).limit).toBeUndefined();
  });

  it.each([
    '',
    ' ',
    '0',
    '101',
    '-1',
    '+5',
    '1.0',
    '1.5',
    '1e1',
    '0x10',
    '5 ',
    ' 5',
    '5\n',
    'ten',
    'NaN',
    'Infinity',
    '٥',
    '５',
    '1_0',
    '9'.repeat(9),
    '9'.repeat(10),
    '9'.repeat(400),
    null,
    ['5'],
    ['5', '6'],
    {},
    true,
    1.5,
    Number.NaN,
  ])('rejects %j instead of rounding or limiting it', (limit) => {
    expect(faultOf({ limit })).toMatch(/^limit must be a whole number from 1 to 100, not ./);
  });
});

describe('An absent field', () => {
  it('differs from null', () => {
    expect(faultOf({ until: undefined })).toBeUndefined();
    expect(faultOf({ until: null })).toMatch(/^until must be /);
  });
});

describe('A validation message', () => {
  it('names each field once', () => {
    expect(faultOf({ name: '', limit: '0', owner: 'a b' })).toBe(
      [
        'name must be text of 1 to 10 characters without control characters, not ""',
        'owner must be a text of 1 to 128 visible ASCII characters, not "a b"',
        'limit must be a whole number from 1 to 100, not 0',
      ].join('; '),
    );
  });

  it('names the index and the path of a nested field', () => {
    expect(faultOf({ inner: [{ flag: true }, { flag: 'yes' }] })).toBe(
      'inner[1].flag must be true or false, not "yes"',
    );
    expect(faultOf({ inner: [{ flag: true, inner: { flag: 1 } }] })).toBe(
      'inner[0].inner.flag must be true or false, not 1',
    );
  });

  it('belongs to a VALIDATION_ERROR', () => {
    const errors = validateSync(plainToInstance(Sample, { name: '', at: '2025-01-20T14:30:04Z', owner: 'uid_1' }));
    expect(validationError(errors)).toMatchObject({ name: 'DomainError', code: 'VALIDATION_ERROR' });
  });

  it('names a missing field', () => {
    const [error] = validateSync(new Inner());
    expect(validationError([error!], 'list[3]').message).toBe('list[3].flag is missing; it must be true or false');
  });

  it('names at most ten errors and counts the rest', () => {
    const errors = Array.from({ length: 12 }, () => validateSync(new Inner())).flat();
    const { message } = validationError(errors);
    expect(message.match(/flag is missing/g)).toHaveLength(10);
    expect(message).toMatch(/; and 2 more$/);
  });
});

describe('The message for unknown fields', () => {
  it.each([
    ['web_hook_id', 'webhookId'],
    ['WebhookID', 'webhookId'],
    ['webhook-id', 'webhookId'],
    ['webhookId[]', 'webhookId'],
    ['webhookId', 'webhookId'],
    ['webhookIds', 'webhookId'],
    ['webhook', 'webhookId'],
    ['page_size', 'limit'],
    ['from', 'since'],
    ['page', 'cursor, the nextCursor of the page before, with limit, the size of a page'],
  ])('suggests a known field for %s: %s', (given, meant) => {
    const known = ['webhookId', 'limit', 'since', 'cursor'];
    expect(unknownFieldsError([given], known).message).toContain(
      ` should not exist (did you mean ${meant}?); the fields are webhookId, limit, since and cursor`,
    );
    const all = { webhookId: '', limit: '', since: '', cursor: '' };
    expect(unknownFieldsError([given], known, '', all).message).not.toContain('did you mean');
  });

  it.each(['x', '', 'webhookKind', `webhookId${'_'.repeat(28)}`, 'constructor', '__proto__'])(
    'suggests nothing for %j, which is like no known field',
    (given) => {
      expect(unknownFieldsError([given], ['webhookId', 'limit']).message).not.toContain('did you mean');
    },
  );

  it.each([
    [['nmae'], 'nmae should not exist (did you mean name?); the fields are name and owner'],
    [['a', 'b'], 'a should not exist; b should not exist; the fields are name and owner'],
    [[''], '"" should not exist; the fields are name and owner'],
    [['a "b"'], '"a \\"b\\"" should not exist; the fields are name and owner'],
    [['x'.repeat(36)], `${'x'.repeat(36)} should not exist; the fields are name and owner`],
    [['x'.repeat(37)], 'a field with a name of 37 characters should not exist; the fields are name and owner'],
  ])('lists %j and the known fields', (names, message) => {
    expect(unknownFieldsError(names, new Set(['name', 'owner'])).message).toBe(message);
  });

  it('includes the path of the object', () => {
    expect(unknownFieldsError(['x'], ['event'], 'events[2]').message).toBe(
      'events[2].x should not exist; the fields are event',
    );
  });

  it('names at most ten fields', () => {
    const names = Array.from({ length: 500_000 }, (_, index) => `field${index}`);
    const { message } = unknownFieldsError(names, ['name']);
    expect(message.match(/should not exist/g)).toHaveLength(10);
    expect(message).toMatch(/field9 should not exist; the fields are name; and 499990 more$/);
  });
});

class Choice {
  @OneOf(['red', 'green', 'blue'], text('a colour'))
  one: unknown = 'red';

  @ListOf(['red', 'green'], { what: text('a colour'), noun: text('colour') })
  list: unknown = ['red'];
}

describe('The rule for a choice of values', () => {
  it.each([
    [{}, undefined],
    [{ one: 'blue' }, undefined],
    [{ one: 'Blue' }, 'one: "Blue" is not a colour; use red, green or blue'],
    [{ one: null }, 'one: null is not a colour; use red, green or blue'],
    [{ one: ['red'] }, 'one: an array is not a colour; use red, green or blue'],
    [{ one: { toString: 'red' } }, 'one: an object is not a colour; use red, green or blue'],
    [{ one: undefined }, 'one is missing; use red, green or blue'],
    [{ one: 'x'.repeat(36) }, `one: "${'x'.repeat(36)}" is not a colour; use red, green or blue`],
    [{ one: 'x'.repeat(37) }, 'one: a text of 37 characters is not a colour; use red, green or blue'],
  ])('checks %j: %s', (fields, fault) => {
    expect(choiceFault(fields)).toBe(fault);
  });

  it.each([
    [['red', 'green'], undefined],
    [['green', 'red'], undefined],
    [undefined, 'list is missing; use red or green'],
    [null, 'list must be an array of red or green, such as ["red"], not null'],
    ['red', 'list must be an array of red or green, such as ["red"], not "red"'],
    [{ 0: 'red', length: 1 }, 'list must be an array of red or green, such as ["red"], not an object'],
    [[], 'list must name at least one colour: red or green'],
    [['red', 'blue'], 'list[1]: "blue" is not a colour; use red or green'],
    [[['red']], 'list[0]: an array is not a colour; use red or green'],
    [[null], 'list[0]: null is not a colour; use red or green'],
    [['red', 'red'], 'list[1]: "red" must not repeat'],
    [['green', 'red', 'green'], 'list[2]: "green" must not repeat'],
  ])('checks the list %j: %s', (list, fault) => {
    expect(choiceFault({ list })).toBe(fault);
  });
});

describe('The error of a rule for an application that validates our classes itself', () => {
  const [one, list] = validateSync(Object.assign(new Choice(), { one: 'x', list: 5 }));

  it('has a finished English message', () => {
    expect(one?.constraints).toEqual({ oneOf: 'one: "x" is not a colour; use red, green or blue' });
    expect(list?.constraints).toEqual({ listOf: 'list must be an array of red or green, such as ["red"]' });
  });

  it('shows nothing of our rules as JSON', () => {
    expect(JSON.parse(JSON.stringify(one?.contexts))).toEqual({ oneOf: {} });
  });
});

function choiceFault(fields: object): string | undefined {
  const errors = validateSync(Object.assign(new Choice(), fields));
  return errors.length === 0 ? undefined : validationError(errors).message;
}
