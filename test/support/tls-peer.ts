import { createCipheriv, createHmac } from 'node:crypto';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { createSecureContext, TLSSocket } from 'node:tls';
import type { ServerCertificate } from './certificates.js';

const CHANGE_CIPHER_SPEC = 20;
export const ALERT = 21;
export const HANDSHAKE = 22;
export const APPLICATION_DATA = 23;
const HEADER_BYTES = 5;

/** The bytes of a TCP connection, and their TLS records. */
class RecordedTransport extends Duplex {
  /** The types of the sent and received records, in order. */
  readonly records: { sent: boolean; type: number; bytes: Buffer }[] = [];
  private readonly rest = { sent: Buffer.alloc(0), received: Buffer.alloc(0) };

  constructor(private readonly tcp: Socket) {
    super();
    tcp.on('data', (chunk: Buffer) => {
      this.record('received', chunk);
      this.push(chunk);
    });
    tcp.on('close', () => this.destroy());
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.record('sent', chunk);
    this.tcp.write(chunk, () => done());
  }

  override _destroy(_error: Error | null, done: () => void): void {
    this.tcp.destroy();
    done();
  }

  private record(way: 'sent' | 'received', chunk: Buffer): void {
    let bytes = Buffer.concat([this.rest[way], chunk]);
    while (bytes.length >= HEADER_BYTES && bytes.length >= HEADER_BYTES + bytes.readUInt16BE(3)) {
      const end = HEADER_BYTES + bytes.readUInt16BE(3);
      this.records.push({ sent: way === 'sent', type: bytes[0]!, bytes: bytes.subarray(0, end) });
      bytes = bytes.subarray(end);
    }
    this.rest[way] = bytes;
  }
}

/** Keys of one direction with AES-128-GCM. */
interface Keys {
  key: Buffer;
  iv: Buffer;
}

/**
 * The server's side of a TLS connection that can send any record, with the right keys. Node.js does the handshake. All
 * later records are made here.
 */
export class TlsPeer {
  private keys: Keys | undefined;
  private secret: Buffer = Buffer.alloc(0);
  private sequence = 0n;

  private constructor(
    private readonly tcp: Socket,
    private readonly transport: RecordedTransport,
    private readonly version: 'TLSv1.2' | 'TLSv1.3',
  ) {}

  /** Resolves after the handshake and the first bytes of a request. */
  static accept(tcp: Socket, certificate: ServerCertificate, version: 'TLSv1.2' | 'TLSv1.3'): Promise<TlsPeer> {
    const ciphers = version === 'TLSv1.3' ? 'TLS_AES_128_GCM_SHA256' : 'ECDHE-ECDSA-AES128-GCM-SHA256';
    const options = { ...certificate, ciphers, minVersion: version, maxVersion: version };
    const transport = new RecordedTransport(tcp);
    const peer = new TlsPeer(tcp, transport, version);
    const socket = new TLSSocket(transport, { isServer: true, secureContext: createSecureContext(options) });
    let secret = '';
    socket.on('keylog', (line: Buffer) => {
      const [label, , value = ''] = line.toString().trim().split(' ');
      if (label === 'SERVER_TRAFFIC_SECRET_0' || label === 'CLIENT_RANDOM') secret = value;
    });
    socket.on('error', () => undefined);
    return new Promise((resolve) => {
      // The session tickets of Node.js are written in the same turn, and after this.
      socket.once('data', () =>
        setImmediate(() => {
          peer.takeKeys(Buffer.from(secret, 'hex'));
          resolve(peer);
        }),
      );
    });
  }

  /** A record with this content. */
  record(type: number, content: Buffer): Buffer {
    const { key, iv } = this.keys!;
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(this.sequence++);
    if (this.version === 'TLSv1.2') {
      const cipher = createCipheriv('aes-128-gcm', key, Buffer.concat([iv, counter]));
      cipher.setAAD(Buffer.concat([counter, header(type, content.length)]));
      const body = [counter, cipher.update(content), cipher.final(), cipher.getAuthTag()];
      return Buffer.concat([header(type, content.length + 24), ...body]);
    }
    const nonce = Buffer.from(iv);
    counter.forEach((byte, index) => (nonce[4 + index]! ^= byte));
    const head = header(APPLICATION_DATA, content.length + 17);
    const cipher = createCipheriv('aes-128-gcm', key, nonce);
    cipher.setAAD(head);
    return Buffer.concat([
      head,
      cipher.update(content),
      cipher.update(Buffer.from([type])),
      cipher.final(),
      cipher.getAuthTag(),
    ]);
  }

  /** A KeyUpdate (RFC 8446, section 4.6.3) that asks for one in return. Later records use the next keys. */
  keyUpdate(): Buffer {
    const record = this.record(HANDSHAKE, Buffer.from([24, 0, 0, 1, 1]));
    this.useSecret(expandLabel(this.secret, 'traffic upd', 32));
    return record;
  }

  /** Writes the results of a function repeatedly, as fast as they are read. */
  flood(make: () => Buffer): void {
    const more = (): void => {
      while (!this.tcp.destroyed && this.tcp.write(make()));
    };
    this.tcp.on('drain', more);
    more();
  }

  private takeKeys(secret: Buffer): void {
    const { records } = this.transport;
    if (this.version === 'TLSv1.3') {
      this.useSecret(secret);
      // Tickets follow the client's Finished, the first of its records that is encrypted.
      const finished = records.findIndex(({ sent, type }) => !sent && type === APPLICATION_DATA);
      this.sequence = BigInt(records.slice(finished).filter(({ sent }) => sent).length);
      return;
    }
    const hello = (isSent: boolean): Buffer =>
      records.find(({ sent, type }) => sent === isSent && type === HANDSHAKE)!.bytes;
    // Record header, message header and version come before the random of both hellos.
    const [client, server] = [hello(false), hello(true)].map((bytes) => bytes.subarray(11, 43)) as [Buffer, Buffer];
    const block = prf(secret, Buffer.concat([Buffer.from('key expansion'), server, client]), 40);
    this.keys = { key: block.subarray(16, 32), iv: block.subarray(36, 40) };
    const changed = records.findLastIndex(({ sent, type }) => sent && type === CHANGE_CIPHER_SPEC);
    this.sequence = BigInt(records.slice(changed + 1).filter(({ sent }) => sent).length);
  }

  private useSecret(secret: Buffer): void {
    this.secret = secret;
    this.keys = { key: expandLabel(secret, 'key', 16), iv: expandLabel(secret, 'iv', 12) };
    this.sequence = 0n;
  }
}

function header(type: number, length: number): Buffer {
  return Buffer.from([type, 3, 3, length >> 8, length & 255]);
}

/** HKDF-Expand-Label (RFC 8446, section 7.1) of at most 32 bytes, with SHA-256. */
function expandLabel(secret: Buffer, label: string, length: number): Buffer {
  const full = Buffer.from(`tls13 ${label}`);
  const info = Buffer.concat([Buffer.from([0, length, full.length]), full, Buffer.from([0, 1])]);
  return createHmac('sha256', secret).update(info).digest().subarray(0, length);
}

/** P_SHA256 (RFC 5246, section 5). */
function prf(secret: Buffer, seed: Buffer, length: number): Buffer {
  const hmac = (data: Buffer): Buffer => createHmac('sha256', secret).update(data).digest();
  let output = Buffer.alloc(0);
  for (let a = hmac(seed); output.length < length; a = hmac(a)) {
    output = Buffer.concat([output, hmac(Buffer.concat([a, seed]))]);
  }
  return output.subarray(0, length);
}
