import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { now } from './clock.js';
import type { Arrival, ReceiverCommand } from './receiver.js';

/**
 * A receiver in a process of its own, as cheap as Node makes it, so that a benchmark measures the sender. It counts
 * requests, notes when each came and what it told of, and answers 204; requests to `/hang/…` are never answered.
 */
let count = 0;
let goal = Infinity;
let noting = false;
let arrivals: Arrival[] = [];

const server = createServer((request, response) => {
  const at = now();
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
    if (count === goal) process.send?.({ reached: goal });
  });
});
server.keepAliveTimeout = 60_000;

process.on('message', (command: ReceiverCommand) => {
  if (command === 'report') {
    process.send?.({ count, arrivals });
  } else if (command === 'count') {
    process.send?.({ counted: count });
  } else {
    count = 0;
    ({ goal = Infinity, noting } = command);
    arrivals = [];
    process.send?.({ ready: true });
  }
});
process.on('disconnect', () => process.exit(0));

server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
