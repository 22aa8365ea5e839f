import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

/** A server with the part of PostgreSQL's protocol that asks for a password and refuses it. */
export class PasswordRefuser {
  private constructor(
    readonly port: number,
    readonly close: () => Promise<void>,
  ) {}

  static async start(): Promise<PasswordRefuser> {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      void refuse(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new PasswordRefuser((server.address() as AddressInfo).port, async () => {
      server.close();
      await once(server, 'close');
    });
  }
}

async function refuse(socket: Socket): Promise<void> {
  await once(socket, 'data');
  socket.write(message('R', Buffer.from([0, 0, 0, 3])));
  await once(socket, 'data');
  const fields = ['SFATAL', 'VFATAL', 'C28P01', 'Mpassword authentication failed for user "docmap"', ''];
  socket.end(message('E', Buffer.from(fields.map((field) => `${field}\0`).join(''))));
}

/** A message of the protocol (PostgreSQL's manual, "Message Formats"): its type, its length, its content. */
function message(type: string, content: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(content.length + 4);
  return Buffer.concat([Buffer.from(type), length, content]);
}
