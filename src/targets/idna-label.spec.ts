import { describe, expect, it } from '@jest/globals';
import { isIdnaLabel } from './idna-label.js';

/** Labels and their decoded form. The first five are from RFC 3492, section 7.1. */
const ACCEPTED: [label: string, text: string][] = [
  ['xn--ihqwcrb4cv8a8dqg056pqjye', '他们为什么不说中文'],
  ['xn--egbpdaj6bu4bxfgehfvwxn', 'ليهمابتكلموشعربي؟'],
  ['xn--i1baa7eci9glrd9b2ae1bj0hfcgg6iyaf8o0a1dig0cd', 'यहलोगहिन्दीक्योंनहींबोलसकतेहैं'],
  [
    'xn--989aomsvi5e83db1d2a355cv1e0vak1dwrv93d5xbh15a0dt30a5jpsd879ccm6fea98c',
    '세계의모든사람들이한국어를이해한다면얼마나좋을까',
  ],
  ['xn--d9juau41awczczp', 'そのスピードで'],
  ['xn--bcher-kva', 'bücher'],
  ['xn--fa-hia', 'faß'],
  ['xn--p1ai', 'рф'],
  ['xn--53h', '☕'],
  ['xn--mgba3gch31f060k', 'نامه‌ای, with a joiner'],
  ['example', ''],
  ['x--n', ''],
  ['', ''],
];

const REFUSED: [label: string, why: string][] = [
  ['xn--', 'it is empty after the prefix'],
  ['xn--a', 'it ends too early'],
  ['xn--abc-', 'it has ASCII only'],
  ['xn--99999999', 'it decodes to numbers above Unicode'],
  [`xn--${'z'.repeat(300)}a`, 'its numbers have no end'],
  ['xn--é', 'it is not in ASCII'],
  ['xn--a_b', 'it has a character that is no digit of Punycode'],
  ['xn--7bx06', 'it has a character that is not assigned'],
  ['xn--bcher-2pa', 'it has an upper-case letter'],
  ['xn--lsa', 'it begins with a mark'],
  ['xn--1ug', 'it has a joiner where none is visible'],
  ['xn--8hb', 'it begins with a digit that runs from right to left'],
  ['xn--1hb0a', 'it begins with a mark of a script that runs from right to left'],
  ['xn--a-0hc', 'it has letters of both directions'],
];

describe('isIdnaLabel', () => {
  it.each(ACCEPTED)('accepts %s (%s)', (label) => expect(isIdnaLabel(label)).toBe(true));

  it.each(REFUSED)('rejects %s, because %s', (label) => expect(isIdnaLabel(label)).toBe(false));
});
