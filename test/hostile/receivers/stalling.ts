import { drips, says, TIMEOUT, type Misbehaviour } from '../support/misbehaviour.js';

const HEAD = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${HEAD}transfer-encoding: chunked\r\n\r\n`;
/** The header of a TLS record with a handshake message of 16 KiB (RFC 8446, 5.1). */
const TLS_RECORD = Buffer.from([0x16, 0x03, 0x03, 0x40, 0x00]);

/** One attempt suffices: each lasts until the deadline. */
const silent = { httpStatus: null, error: TIMEOUT, attempts: 1 };
/** A 2xx is a success, even when its body does not end. */
const answered = { httpStatus: 200, error: null, attempts: 1, truncated: true };

/** Receivers that stall. Only one deadline for the whole attempt ends them. */
export const STALLING: Misbehaviour[] = [
  { name: 'accepts and says nothing', behave: () => undefined, expected: silent },
  { name: 'drips its status line', behave: drips('HTTP/1.1 200 ', 'O'), expected: silent },
  { name: 'drips headers', behave: drips(HEAD, 'a: b\r\n'), expected: silent },
  { name: 'drips one header', behave: drips(`${HEAD}a: `, 'b'), expected: silent },
  { name: 'drips empty lines before its answer', behave: drips('', '\r\n'), expected: silent },
  { name: 'sends 103 without end', behave: drips('', 'HTTP/1.1 103 Early Hints\r\n\r\n'), expected: silent },
  { name: 'sends 102 and no more', behave: says('HTTP/1.1 102 Processing\r\n\r\n'), expected: silent },
  {
    name: 'drips a body of known length',
    behave: drips(`${HEAD}content-length: 50000\r\n\r\n`, 'x'),
    expected: answered,
  },
  { name: 'drips a chunked body', behave: drips(CHUNKED, '1\r\nx\r\n'), expected: answered },
  { name: 'drips a body that its end would end', behave: drips(`${HEAD}\r\n`, 'x'), expected: answered },
  { name: 'drips the extension of a chunk', behave: drips(`${CHUNKED}1;a=`, 'b'), expected: answered },
  { name: 'drips trailers', behave: drips(`${CHUNKED}0\r\n`, 'a: b\r\n'), expected: answered },
  {
    name: 'holds the body back',
    behave: says('HTTP/1.1 500 No\r\ncontent-length: 5\r\n\r\n'),
    expected: { ...silent, httpStatus: 500 },
  },
  { name: 'says nothing to a TLS handshake', listener: 'https', behave: () => undefined, expected: silent },
  { name: 'drips its TLS handshake', listener: 'https', behave: drips(TLS_RECORD, '\x02'), expected: silent },
  { name: 'says nothing behind TLS', listener: 'trusted', behave: () => undefined, expected: silent },
  { name: 'drips headers behind TLS', listener: 'trusted', behave: drips(HEAD, 'a: b\r\n'), expected: silent },
];
