import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A receiver in a process of its own, as cheap as Node makes it, so that a benchmark measures the sender. It counts
 * requests by path, notes when each delivery came first, and answers 204; requests to `/hang/…` are never answered.
 */
interface Arrival {
  /** Milliseconds since 1970. */
  at: number;
  extractionId: string;
  path: string;
}

let count = 0;
let goal = Infinity;
let noting = false;
let arrivals: Arrival[] = [];

const server = createServer((request, response) => {
  const at = performance.timeOrigin + performance.now();
  const path = request.url ?? '';
  if (path.startsWith('/hang/')) {
    request.resume();
    return;
  }
  if (noting) {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString('latin1')));
    request.on('end', () => arrivals.push({ at, extractionId: /"id":"([^"]*)"/.exec(body)?.[1] ?? '', path }));
  } else {
    request.resume();
  }
  request.on('end', () => {
    response.writeHead(204);
    response.end();
    count += 1;
    if (count === goal) process.send?.({ reached: goal, at: performance.timeOrigin + performance.now() });
  });
});
server.keepAliveTimeout = 60_000;

process.on('message', (message: { reset?: { goal: number; noting: boolean }; report?: true }) => {
  if (message.reset) {
    count = 0;
    goal = message.reset.goal;
    noting = message.reset.noting;
    arrivals = [];
    process.send?.({ ready: true });
  } else if (message.report) {
    process.send?.({ count, arrivals });
  }
});
process.on('disconnect', () => process.exit(0));

server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
