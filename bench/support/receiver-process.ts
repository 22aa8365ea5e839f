import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { now } from './clock.js';
import { HANG, NOTE, type Arrival, type Goal, type ReceiverCommand } from './receiver.js';

/**
 * A receiver in a process of its own, as cheap as Node makes it, so that a benchmark measures the sender. It counts
 * requests and answers 204. Below one path it also notes when each came and what it told of; those below another are
 * never answered.
 */
let count = 0;
let towardsGoal = 0;
let goal: Goal | undefined;
let arrivals: Arrival[] = [];

const server = createServer((request, response) => {
  const at = now();
  const path = request.url ?? '';
  request.resume();
  if (path.startsWith(HANG)) return;
  if (path.startsWith(NOTE)) {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString('latin1')));
    request.on('end', () => arrivals.push({ at, extractionId: /"id":"([^"]*)"/.exec(body)?.[1] ?? '' }));
  }
  request.on('end', () => {
    response.writeHead(204);
    response.end();
    countOne(path);
  });
});
server.keepAliveTimeout = 60_000;

function countOne(path: string): void {
  count += 1;
  if (goal === undefined || !path.startsWith(goal.path)) return;
  towardsGoal += 1;
  if (towardsGoal === goal.count) process.send?.({ reached: true });
}

process.on('message', (command: ReceiverCommand) => {
  if (command === 'count') {
    process.send?.({ count });
  } else if (command === 'report') {
    process.send?.({ arrivals });
  } else {
    count = 0;
    towardsGoal = 0;
    goal = command.goal;
    arrivals = [];
    process.send?.({ ready: true });
  }
});
process.on('disconnect', () => process.exit(0));

server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
