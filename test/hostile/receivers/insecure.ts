import type { Socket } from 'node:net';
import { floodBelowHttp, TLS_FLOODS } from '../../support/tls-floods.js';
import {
  answers,
  CLOSED,
  ends,
  EXPIRED,
  NO_TLS,
  OTHER_HOST,
  says,
  SECURE_LISTENERS,
  UNTRUSTED,
  type Beginning,
  type Misbehaviour,
  type SecureListener,
} from '../support/misbehaviour.js';

const failed = { httpStatus: null, error: NO_TLS };
/** With TLS 1.3 our handshake is complete before the receiver refuses it. */
const closed = { httpStatus: null, error: CLOSED };
/** The error of all others is a failed handshake. */
const CERTIFICATE_FAULTS: Partial<Record<SecureListener, string>> = {
  'self-signed': UNTRUSTED,
  'unknown authority': UNTRUSTED,
  expired: EXPIRED,
  'not yet valid': EXPIRED,
  'wrong host': OTHER_HOST,
  'wrong host, TLS 1.2': OTHER_HOST,
};
const SOUND = new Set<SecureListener>(['trusted', 'TLS 1.2', 'wants a client certificate']);

/** Receivers without a proven identity, which must get no data. */
export const INSECURE: Misbehaviour[] = [
  ...SECURE_LISTENERS.filter((listener) => !SOUND.has(listener)).map((listener) => ({
    name: `has TLS with a fault: ${listener}`,
    listener,
    behave: answers('200 OK'),
    expected: { httpStatus: null, error: CERTIFICATE_FAULTS[listener] ?? NO_TLS },
  })),
  // One attempt suffices: each costs some megabytes.
  ...Object.keys(TLS_FLOODS).map((kind) => ({
    name: `floods below HTTP with ${kind}`,
    listener: 'https' as const,
    behave: (socket: Socket, { bytes, certificate }: Beginning) => {
      socket.unshift(bytes);
      void floodBelowHttp(socket, kind, certificate);
    },
    expected: { ...failed, attempts: 1 },
  })),
  {
    name: 'wants a client certificate',
    listener: 'wants a client certificate',
    behave: answers('200 OK'),
    expected: closed,
  },
  { name: 'answers TLS with plain HTTP', listener: 'https', behave: ends('HTTP/1.1 400 No\r\n\r\n'), expected: failed },
  { name: 'answers TLS with random bytes', listener: 'https', behave: says(Buffer.alloc(512, 0xa7)), expected: failed },
  {
    name: 'refuses TLS with an alert',
    listener: 'https',
    behave: ends(Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28])),
    expected: failed,
  },
  { name: 'hangs up in the TLS handshake', listener: 'https', behave: ends(), expected: closed },
  {
    name: 'resets in the TLS handshake',
    listener: 'https',
    behave: (socket: Socket) => void socket.resetAndDestroy(),
    expected: closed,
  },
];
