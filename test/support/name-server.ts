import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv4 } from 'node:net';

const A = 1;
const CNAME = 5;
const AAAA = 28;

/**
 * The records of a name: addresses of either family, or an alias of another name, or none. Or the server stays silent
 * for all types or for one.
 */
type Zone = Record<string, Entry | 'silence'>;

interface Entry {
  addresses: string[];
  alias?: string;
  delayMs?: number;
  /** The type whose answer is late; both by default. */
  delayFor?: 'A' | 'AAAA';
  silentFor?: 'A' | 'AAAA';
}

/** A name server on loopback (RFC 1035 over UDP). Names outside of its zone do not exist. */
export class NameServer {
  /** The questions, as `name type`, in their order of arrival. */
  readonly asked: string[] = [];
  private readonly socket: Socket = createSocket('udp4');

  private constructor(private readonly zone: Zone) {
    this.socket.on('message', (query, from) => this.answer(query, from));
  }

  static async start(zone: Zone): Promise<NameServer> {
    const server = new NameServer(zone);
    server.socket.bind(0, '127.0.0.1');
    await once(server.socket, 'listening');
    return server;
  }

  /** The address in the form that a resolver takes. */
  get address(): string {
    return `127.0.0.1:${this.socket.address().port}`;
  }

  async stop(): Promise<void> {
    this.socket.close();
    await once(this.socket, 'close');
  }

  private answer(query: Buffer, from: RemoteInfo): void {
    const { name, type, end } = questionOf(query);
    const typeName = type === AAAA ? 'AAAA' : 'A';
    this.asked.push(`${name} ${typeName}`);
    const entry = this.zone[name];
    if (entry === 'silence' || entry?.silentFor === typeName) return;
    const records = entry ? recordsOf(entry, type) : [];
    const head = Buffer.alloc(12);
    query.copy(head, 0, 0, 2);
    // A response, recursion available; code 3 is "no such name".
    head.writeUInt16BE(entry ? 0x8180 : 0x8183, 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(records.length, 6);
    const response = Buffer.concat([head, query.subarray(12, end), ...records]);
    const isDelayed = entry !== undefined && (entry.delayFor ?? typeName) === typeName;
    setTimeout(() => this.socket.send(response, from.port, from.address), isDelayed ? entry.delayMs : 0);
  }
}

function questionOf(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

/** The queried name, as a pointer to the question. */
const ASKED = Buffer.from([0xc0, 12]);

function recordsOf({ addresses, alias }: { addresses: string[]; alias?: string }, type: number): Buffer[] {
  const owner = alias === undefined ? ASKED : nameBytes(alias);
  const fitting = addresses.filter((address) => isIPv4(address) === (type === A));
  const found = fitting.map((address) => record(owner, type, addressBytes(address)));
  return alias === undefined ? found : [record(ASKED, CNAME, nameBytes(alias)), ...found];
}

function record(owner: Buffer, type: number, data: Buffer): Buffer {
  const fields = Buffer.alloc(10);
  fields.writeUInt16BE(type, 0);
  fields.writeUInt16BE(1, 2);
  // An hour: a client that asks again has no cache.
  fields.writeUInt32BE(3_600, 4);
  fields.writeUInt16BE(data.length, 8);
  return Buffer.concat([owner, fields, data]);
}

function nameBytes(name: string): Buffer {
  const labels = name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label, 'latin1')]));
  return Buffer.concat([...labels, Buffer.from([0])]);
}

/** Dotted IPv4, or IPv6 in the form that the URL parser writes. */
function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  const plain = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail = ''] = plain.split('::');
  const left = head.split(':').filter(Boolean);
  const right = tail.split(':').filter(Boolean);
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return Buffer.from([...left, ...zeros, ...right].map((group) => group.padStart(4, '0')).join(''), 'hex');
}
