import type { Socket } from 'node:net';
import type { ServerCertificate } from './certificates.js';
import { ALERT, APPLICATION_DATA, HANDSHAKE, TlsPeer } from './tls-peer.js';

/** A NewSessionTicket (RFC 8446, section 4.6.1) of the smallest size. */
const TICKET = Buffer.from([4, 0, 0, 15, 0, 0, 14, 16, 0, 0, 0, 0, 1, 7, 0, 1, 7, 0, 0]);
/** RFC 5246, section 7.4.1.1. */
const HELLO_REQUEST = Buffer.from([0, 0, 0, 0]);
const WARNING = Buffer.from([1, 90]);
const RECORD_BYTES = 16_384;
/** Generated in advance, because generation is slower than sending. */
const KEY_UPDATES = 2_000;

/** As many copies as fit into one record. */
function full(content: Buffer): Buffer {
  return Buffer.concat(Array.from({ length: Math.floor(RECORD_BYTES / content.length) }, () => content));
}

function many(count: number, make: () => Buffer): Buffer {
  return Buffer.concat(Array.from({ length: count }, make));
}

interface Flood {
  version: 'TLSv1.2' | 'TLSv1.3';
  begin: (peer: TlsPeer) => void;
}

/** Endless data below HTTP that a receiver may send after a request. */
export const TLS_FLOODS: Record<string, Flood> = {
  'session tickets': {
    version: 'TLSv1.3',
    begin: (peer) => peer.flood(() => peer.record(HANDSHAKE, full(TICKET))),
  },
  'session tickets, each in a record of its own': {
    version: 'TLSv1.3',
    begin: (peer) => peer.flood(() => many(500, () => peer.record(HANDSHAKE, TICKET))),
  },
  KeyUpdates: {
    version: 'TLSv1.3',
    begin: (peer) => peer.flood(() => many(KEY_UPDATES, () => peer.keyUpdate())),
  },
  'records of one byte': {
    version: 'TLSv1.3',
    begin: (peer) => peer.flood(() => many(500, () => peer.record(APPLICATION_DATA, Buffer.from('\n')))),
  },
  'records that are all padding': {
    version: 'TLSv1.3',
    begin: (peer) => peer.flood(() => many(8, () => peer.record(APPLICATION_DATA, Buffer.alloc(0)))),
  },
  'requests to renegotiate': {
    version: 'TLSv1.2',
    begin: (peer) => peer.flood(() => peer.record(HANDSHAKE, full(HELLO_REQUEST))),
  },
  'requests to renegotiate, each in a record of its own': {
    version: 'TLSv1.2',
    begin: (peer) => peer.flood(() => many(500, () => peer.record(HANDSHAKE, HELLO_REQUEST))),
  },
  'warning alerts': {
    version: 'TLSv1.2',
    begin: (peer) => peer.flood(() => many(500, () => peer.record(ALERT, WARNING))),
  },
  'empty records': {
    version: 'TLSv1.2',
    begin: (peer) => peer.flood(() => many(500, () => peer.record(APPLICATION_DATA, Buffer.alloc(0)))),
  },
};

/** Accepts a TCP connection and sends the named flood. */
export async function floodBelowHttp(socket: Socket, kind: string, certificate: ServerCertificate): Promise<void> {
  const { version, begin } = TLS_FLOODS[kind]!;
  begin(await TlsPeer.accept(socket, certificate, version));
}
