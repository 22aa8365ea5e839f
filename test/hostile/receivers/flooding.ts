import { gzipSync } from 'node:zlib';
import { answers, floods, INVALID, says, type Misbehaviour } from '../support/misbehaviour.js';

const KEPT_BYTES = 16_384;
const HEAD = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${HEAD}transfer-encoding: chunked\r\n\r\n`;
const GZIP = 'content-encoding: gzip';
/** 50 MB of zeros: about 50 kB. */
const BOMB = gzipSync(Buffer.alloc(50_000_000));

const kept = { httpStatus: 200, error: null };
/** The compressed bytes, which begin with 1f 8b 08 (RFC 1952). */
const keptPacked = { ...kept, bodyStart: '\x1f\ufffd\b' };
/** The part that is read when chunks have one byte each. */
const keptPieces = { ...kept, body: 'x'.repeat(4_097) };
const keptX = { ...kept, body: 'x'.repeat(KEPT_BYTES) };
const refused = { httpStatus: null, error: INVALID };
const brokenOff = { ...kept, body: '', truncated: true };

/** Receivers that send too much. The limit of read bytes bounds the time and memory that they cost. */
export const FLOODING: Misbehaviour[] = [
  {
    name: 'sends a body of 99 GB',
    behave: floods(`${HEAD}content-length: 99999999999\r\n\r\n`, 'x'),
    expected: keptX,
  },
  { name: 'sends chunks without end', behave: floods(CHUNKED, `400\r\n${'x'.repeat(0x400)}\r\n`), expected: keptX },
  { name: 'sends chunks of one byte without end', behave: floods(CHUNKED, '1\r\nx\r\n'), expected: keptPieces },
  { name: 'sends a body without a length or an end', behave: floods(`${HEAD}\r\n`, 'x'), expected: keptX },
  {
    name: 'sends a body without end behind TLS',
    listener: 'trusted',
    behave: floods(CHUNKED, '1\r\nx\r\n'),
    expected: keptPieces,
  },
  {
    name: 'fails with a body without end',
    behave: floods('HTTP/1.1 500 No\r\ntransfer-encoding: chunked\r\n\r\n', '1\r\nx\r\n'),
    expected: { ...keptPieces, httpStatus: 500, error: 'HTTP 500' },
  },
  {
    name: 'sends a gzip bomb, though no encoding was accepted',
    behave: answers('200 OK', [GZIP], BOMB),
    expected: keptPacked,
  },
  {
    name: 'sends a gzip bomb in a gzip bomb',
    behave: answers('200 OK', ['content-encoding: gzip, gzip'], gzipSync(BOMB)),
    expected: keptPacked,
  },
  {
    name: 'sends a gzip bomb without end',
    behave: floods(`${HEAD}${GZIP}\r\n\r\n`, BOMB.toString('latin1')),
    expected: keptPacked,
  },
  { name: 'floods with 103', behave: floods('', 'HTTP/1.1 103 Early Hints\r\n\r\n'), expected: refused },
  {
    name: 'floods with 103 that have headers',
    behave: floods('', `HTTP/1.1 103 Early Hints\r\nlink: <${'x'.repeat(8_000)}>\r\n\r\n`),
    expected: refused,
  },
  { name: 'floods with empty lines', behave: floods('', '\r\n'), expected: refused },
  { name: 'sends a status line without end', behave: floods('HTTP/1.1 200 ', 'O'), expected: refused },
  {
    name: 'sends 5,000 headers',
    behave: says(`${HEAD}${Array.from({ length: 5_000 }, (_, i) => `name-${i}: value\r\n`).join('')}\r\n`),
    expected: refused,
  },
  { name: 'sends headers without end', behave: floods(HEAD, 'a: b\r\n'), expected: refused },
  { name: 'sends a header of 100 kB', behave: says(`${HEAD}a: ${'x'.repeat(100_000)}\r\n\r\n`), expected: refused },
  {
    name: 'sends a header name of 100 kB',
    behave: says(`${HEAD}${'x'.repeat(100_000)}: a\r\n\r\n`),
    expected: refused,
  },
  { name: 'sends a header without end', behave: floods(`${HEAD}a: `, 'b'), expected: refused },
  { name: 'sends trailers without end', behave: floods(`${CHUNKED}0\r\n`, 'a: b\r\n'), expected: brokenOff },
  { name: 'sends the extension of a chunk without end', behave: floods(`${CHUNKED}1;a=`, 'b'), expected: kept },
  { name: 'sends the size of a chunk without end', behave: floods(CHUNKED, '0'), expected: kept },
  {
    name: 'goes on behind the end of its answer',
    behave: floods('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok', 'HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n'),
    expected: { ...kept, body: 'ok' },
  },
];
