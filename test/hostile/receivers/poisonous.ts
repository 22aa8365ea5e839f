import { answers, type Misbehaviour } from '../support/misbehaviour.js';

const KEPT_BYTES = 16_384;
const HTML = '<script>alert(1)</script>"\'</textarea><img src=x onerror=alert(1)>';
const TERMINAL = '\x1b]0;owned\x07\x1b[2J\x1b[31m\u009b31m\x7f\b';
const BIDI = '\u202egnp.exe\u2066\u2028\u2029\ufeff';
/** One half of a pair, as CESU-8 has it: not UTF-8. */
const SURROGATE = Buffer.from([0xed, 0xa0, 0x80]);

function kept(name: string, body: string | Buffer, text: string): Misbehaviour {
  return { name, behave: answers('200 OK', [], body), expected: { httpStatus: 200, error: null, body: text } };
}

/** Receivers whose text could harm a program that stores it, shows it or sends it back. */
export const POISONOUS: Misbehaviour[] = [
  kept('puts NUL into its body', 'a\0b', 'a\ufffdb'),
  kept('sends what is not UTF-8', Buffer.from([0x61, 0xff, 0xc0, 0x80]), 'a\ufffd\ufffd\ufffd'),
  kept('sends half of a surrogate pair', SURROGATE, '\ufffd\ufffd\ufffd'),
  kept('sends half of a character', Buffer.from([0x61, 0xe2, 0x82]), 'a\ufffd'),
  kept('sends UTF-16', Buffer.from('ok', 'utf16le'), 'o\ufffdk\ufffd'),
  kept('sends HTML', HTML, HTML),
  kept('sends escapes for a terminal', TERMINAL, TERMINAL),
  kept('sends marks that turn text around', BIDI, BIDI),
  kept('sends 64 KiB that are not UTF-8', Buffer.alloc(65_536, 0xff), '\ufffd'.repeat(Math.floor(KEPT_BYTES / 3))),
  kept('sends 16 KiB of NUL', Buffer.alloc(KEPT_BYTES), '\ufffd'.repeat(Math.floor(KEPT_BYTES / 3))),
  {
    name: 'sets cookies',
    behave: answers('500 No', ['set-cookie: session=1; path=/', 'set-cookie: more=2']),
    expected: { httpStatus: 500, error: 'HTTP 500', headers: { 'set-cookie': 'session=1; path=/, more=2' } },
  },
  {
    name: 'has names of objects in its headers',
    behave: answers('200 OK', ['__proto__: a', 'constructor: b', 'toString: c', 'hasOwnProperty: d']),
    expected: {
      httpStatus: 200,
      error: null,
      headers: { ['__proto__']: 'a', constructor: 'b', tostring: 'c', hasownproperty: 'd' },
    },
  },
  {
    name: 'has any bytes in its headers',
    behave: answers('200 OK', ['x-name: caf\xe9 \xff\x9b', `x-html: ${HTML}`]),
    expected: { httpStatus: 200, error: null, headers: { 'x-html': HTML } },
  },
];
