import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import type { ServerCertificate } from '../../support/certificates.js';
import { floodBelowHttp, TLS_FLOODS } from '../../support/tls-floods.js';

/**
 * Receivers that flood below HTTP, one of each kind, in a process of their own. It gets a certificate and sends the
 * ports.
 */
async function start(kind: string, certificate: ServerCertificate): Promise<[kind: string, port: number]> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    void floodBelowHttp(socket, kind, certificate);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return [kind, (server.address() as AddressInfo).port];
}

process.once('message', (certificate: ServerCertificate) => {
  const started = Object.keys(TLS_FLOODS).map((kind) => start(kind, certificate));
  void Promise.all(started).then((ports) => process.send?.(ports));
});
process.on('disconnect', () => process.exit(0));
