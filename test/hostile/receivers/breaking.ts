import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { CLOSED, ends, INVALID, says, type Misbehaviour } from '../support/misbehaviour.js';

const HEAD = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${HEAD}transfer-encoding: chunked\r\n\r\n`;

const closed = { httpStatus: null, error: CLOSED };
const invalid = { httpStatus: null, error: INVALID };
/** A 2xx is a success, even when its body breaks off. */
const brokenOff = { httpStatus: 200, error: null, truncated: true };
const unread = { ...brokenOff, body: '' };
const bodiless = { httpStatus: 204, error: null, body: '', truncated: false };

/** A SETTINGS frame, with which an HTTP/2 server begins (RFC 9113, 3.4 and 6.5). */
const HTTP_2_SETTINGS = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);
const TLS_ALERT = Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28]);

function resets(socket: Socket): void {
  socket.resetAndDestroy();
}

/** The reset waits until the client has read the bytes: a reset discards unread bytes. */
function resetsBehind(bytes: string): (socket: Socket) => void {
  return (socket) => void socket.write(bytes, () => void delay(50).then(() => resets(socket)));
}

/** Receivers that break the connection, or HTTP (RFC 9112). */
export const BREAKING: Misbehaviour[] = [
  { name: 'hangs up without an answer', behave: ends(), expected: closed },
  { name: 'resets the connection', behave: resets, expected: closed },
  { name: 'hangs up in the status line', behave: ends('HTTP/1.1 20'), expected: closed },
  { name: 'hangs up in the headers', behave: ends(`${HEAD}content-`), expected: closed },
  { name: 'resets in the headers', behave: resetsBehind(`${HEAD}content-`), expected: closed },
  { name: 'hangs up behind 103', behave: ends('HTTP/1.1 103 Early Hints\r\n\r\n'), expected: closed },
  { name: 'hangs up in the body', behave: ends(`${HEAD}content-length: 50\r\n\r\nhalf`), expected: brokenOff },
  { name: 'hangs up in a chunk', behave: ends(`${CHUNKED}5\r\nhal`), expected: brokenOff },
  { name: 'hangs up before the last chunk', behave: ends(`${CHUNKED}4\r\nhalf\r\n`), expected: brokenOff },
  { name: 'resets in the body', behave: resetsBehind(`${HEAD}content-length: 50\r\n\r\nhalf`), expected: brokenOff },
  { name: 'answers as an SSH server', behave: says('SSH-2.0-OpenSSH_9.6\r\n'), expected: invalid },
  { name: 'answers with random bytes', behave: says(Buffer.from([0, 255, 7, 13, 10, 254])), expected: invalid },
  { name: 'answers with a TLS alert', behave: ends(TLS_ALERT), expected: invalid },
  { name: 'answers with HTTP/0.9', behave: ends('<html>It works!</html>'), expected: invalid },
  { name: 'answers with HTTP/2 frames', behave: says(HTTP_2_SETTINGS), expected: invalid },
  { name: 'answers with the version 2', behave: says('HTTP/2 200\r\n\r\n'), expected: invalid },
  { name: 'answers with a version that is none', behave: says('HTTP/9.9 200 OK\r\n\r\n'), expected: invalid },
  { name: 'answers with a request', behave: says('GET / HTTP/1.1\r\nhost: a\r\n\r\n'), expected: invalid },
  ...['99', '1000', '2000', '-200', '0x200', 'OK', '2e2'].map((status) => ({
    name: `answers with the status ${status}`,
    behave: says(`HTTP/1.1 ${status} Whatever\r\ncontent-length: 0\r\n\r\n`),
    expected: invalid,
  })),
  {
    name: 'switches protocols',
    behave: says('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'),
    expected: invalid,
  },
  { name: 'has a header line that is none', behave: says(`${HEAD}nonsense\r\n\r\n`), expected: invalid },
  { name: 'has a blank before the colon', behave: says(`${HEAD}content-length : 0\r\n\r\n`), expected: invalid },
  { name: 'has a blank in a header name', behave: says(`${HEAD}x y: 0\r\n\r\n`), expected: invalid },
  { name: 'has no header name', behave: says(`${HEAD}: 0\r\n\r\n`), expected: invalid },
  ...['\0', '\x1b', '\x7f', '\b', '\r'].map((character) => ({
    name: `has ${JSON.stringify(character)} in a header`,
    behave: says(`${HEAD}x: a${character}b\r\n\r\n`),
    expected: invalid,
  })),
  ...['-1', 'five', '5 5', '0x5', '5,6', '99999999999999999999999'].map((length) => ({
    name: `has the content-length ${length}`,
    behave: says(`${HEAD}content-length: ${length}\r\n\r\nhello`),
    expected: unread,
  })),
  {
    name: 'contradicts its content-length',
    behave: says(`${HEAD}content-length: 5\r\ncontent-length: 6\r\n\r\nhello!`),
    expected: unread,
  },
  {
    name: 'has both a content-length and chunks',
    behave: says(`${HEAD}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`),
    expected: unread,
  },
  {
    name: 'fails with both a content-length and chunks',
    behave: says('HTTP/1.1 500 No\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'),
    expected: { httpStatus: 500, error: INVALID },
  },
  {
    name: 'says how long the body of a 204 is',
    behave: says('HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\n'),
    expected: bodiless,
  },
  {
    name: 'sends a 204 with a body',
    behave: says('HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\nhello'),
    expected: bodiless,
  },
  {
    name: 'hangs up in the body of a failure',
    behave: ends('HTTP/1.1 503 No\r\ncontent-length: 50\r\n\r\nhalf'),
    expected: { httpStatus: 503, error: CLOSED, pauseMs: 1_000 },
  },
  ...['zz', '-5', 'ffffffffffffffffffff', '5\n', ' '].map((size) => ({
    name: `has a chunk of the size ${JSON.stringify(size)}`,
    behave: says(`${CHUNKED}${size}\r\nhello\r\n0\r\n\r\n`),
    expected: brokenOff,
  })),
  {
    name: 'has a chunk longer than it said',
    behave: says(`${CHUNKED}2\r\nhello\r\n0\r\n\r\n`),
    expected: brokenOff,
  },
  {
    name: 'has a chunk of 9 EB and hangs up',
    behave: ends(`${CHUNKED}7fffffffffffffff\r\nhello`),
    expected: brokenOff,
  },
];
