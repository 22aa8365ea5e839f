import type { IncomingMessage, Server, ServerResponse } from 'node:http';

const expectants = new WeakSet<IncomingMessage>();

/**
 * Delays `100 Continue` until the request is admitted, so that a rejected client sends no body. Without a listener,
 * Node.js sends it immediately (RFC 9110, section 10.1.1).
 */
export function holdContinue(server: Server): void {
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    expectants.add(request);
    server.emit('request', request, response);
  });
  // RFC 9110 allows to ignore an unknown expectation. Without a listener, Node.js responds 417 without a body.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
}

/** Whether the client waits for `100 Continue`. */
export function waitsForContinue(request: IncomingMessage): boolean {
  return expectants.has(request);
}
