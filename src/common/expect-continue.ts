import type { IncomingMessage, Server, ServerResponse } from 'node:http';

const expectants = new WeakSet<IncomingMessage>();

/**
 * Lets a client wait with its body until the request is admitted. Without a listener, Node.js answers `100 Continue` at
 * once (RFC 9110, section 10.1.1).
 */
export function holdContinue(server: Server): void {
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    expectants.add(request);
    server.emit('request', request, response);
  });
  // An unknown expectation may be ignored (same section). Without a listener, Node.js answers 417 without a body.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
}

/** Whether the client waits for `100 Continue`. */
export function waitsForContinue(request: IncomingMessage): boolean {
  return expectants.has(request);
}
