import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { CLOSED, ends, INVALID, says, type Misbehaviour } from '../support/misbehaviour.js';

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
const FORGED = 'HTTP/1.1 500 No\r\ncontent-length: 6\r\n\r\nforged';
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
const PROCESSING = 'HTTP/1.1 102 Processing\r\n\r\n';
const EARLY_HINTS = 'HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\n';

const answered = { httpStatus: 200, error: null, body: 'ok', truncated: false };

/** Writes the bytes one by one. */
function spells(bytes: string): Misbehaviour['behave'] {
  return (socket) => {
    socket.setNoDelay(true);
    const spell = async (): Promise<void> => {
      for (const byte of bytes) await new Promise((resolve) => socket.write(byte, resolve));
      socket.end();
    };
    void spell();
  };
}

/**
 * Answers, and sends more bytes while the connection is idle. The next request follows the record of this one, long
 * after the bytes. Bytes that cross the next request look like its answer.
 */
function adds(bytes: string): Misbehaviour['behave'] {
  return (socket) => {
    // Without this, the bytes wait until the next request acknowledges the answer (RFC 9293, section 3.7.4).
    socket.setNoDelay(true);
    socket.write(OK);
    void delay(3).then(() => socket.write(bytes));
  };
}

/** Answers the first request of a connection, and ends the connection at the next one. */
function endsAtSecond(end: (socket: Socket) => void): Misbehaviour['behave'] {
  return (socket) => {
    socket.once('data', () => end(socket));
    socket.write(OK);
  };
}

/** Receivers whose answers could be mistaken for answers to other requests, or for no answer. */
export const CONFUSING: Misbehaviour[] = [
  { name: 'continues before it answers', behave: ends(CONTINUE + OK), expected: answered },
  { name: 'sends 102 before it answers', behave: ends(PROCESSING + OK), expected: answered },
  {
    name: 'sends 100, 102 and 103 before it answers',
    behave: ends((CONTINUE + PROCESSING + EARLY_HINTS).repeat(20) + OK),
    expected: answered,
  },
  { name: 'sends interim answers byte by byte', behave: spells(CONTINUE + EARLY_HINTS + OK), expected: answered },
  {
    name: 'continues over TLS before it answers',
    listener: 'trusted',
    behave: ends(CONTINUE + OK),
    expected: answered,
  },
  {
    name: 'continues and hangs up',
    behave: ends(CONTINUE),
    expected: { httpStatus: null, error: CLOSED },
  },
  {
    name: 'continues with what is no answer',
    behave: says(`${CONTINUE}nonsense\r\n\r\n`),
    expected: { httpStatus: null, error: INVALID },
  },
  { name: 'answers twice', behave: says(OK + FORGED), expected: answered },
  { name: 'answers again when it was not asked', behave: adds(FORGED), expected: answered },
  {
    name: 'answers again over TLS when it was not asked',
    listener: 'trusted',
    behave: adds(FORGED),
    expected: answered,
  },
  { name: 'begins another answer when it was not asked', behave: adds('HTTP/1.1 5'), expected: answered },
  { name: 'closes a kept connection as we send', behave: endsAtSecond((socket) => socket.end()), expected: answered },
  {
    name: 'resets a kept connection as we send',
    behave: endsAtSecond((socket) => socket.resetAndDestroy()),
    expected: answered,
  },
  {
    name: 'closes a kept TLS connection as we send',
    listener: 'trusted',
    behave: endsAtSecond((socket) => socket.end()),
    expected: answered,
  },
];
