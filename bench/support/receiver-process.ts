import { createServer, type AddressInfo, type Socket } from 'node:net';
import { now } from './clock.js';
import { HANG, NOTE, type Arrival, type Goal, type ReceiverCommand } from './receiver.js';
import { RequestReader, type ReceivedRequest } from './request-reader.js';

/**
 * A receiver in a process of its own. It counts requests and answers 204. Below {@link NOTE} it also records the time and
 * the extraction of each request. Requests below {@link HANG} get no response.
 *
 * A real receiver runs on another machine. This one shares the processor with the measured processes and must be cheap.
 * It reads HTTP from sockets by itself, in half of the time of `node:http`.
 */
let count = 0;
let towardsGoal = 0;
let goal: Goal | undefined;
let arrivals: Arrival[] = [];
/** The extractions that count for the goal already. */
let counted = new Set<string>();

/** The events of a benchmark name their extraction in this form, wherever the body has it. Its text never does. */
const EXTRACTION = /\bextract-[\w-]+/;

const server = createServer({ noDelay: true }, (socket) => {
  const reader = new RequestReader();
  socket.on('data', (chunk) => {
    for (const request of reader.read(chunk, now())) receive(request, socket);
  });
  // A killed sender resets its connections.
  socket.on('error', () => socket.destroy());
});

function receive({ at, path, body }: ReceivedRequest, socket: Socket): void {
  if (path.startsWith(HANG)) return;
  let extractionId = '';
  if (path.startsWith(NOTE)) {
    extractionId = EXTRACTION.exec(body.toString('latin1'))?.[0] ?? '';
    arrivals.push({ at, extractionId });
  }
  socket.write(noContent);
  countOne(path, extractionId);
}

/** The same 204 as that of `node:http`. */
function noContentAt(date: Date): string {
  return `HTTP/1.1 204 No Content\r\nDate: ${date.toUTCString()}\r\nConnection: keep-alive\r\nKeep-Alive: timeout=60\r\n\r\n`;
}

let noContent = noContentAt(new Date());
setInterval(() => (noContent = noContentAt(new Date())), 1_000).unref();

function countOne(path: string, extractionId: string): void {
  count += 1;
  if (goal === undefined || !path.startsWith(goal.path)) return;
  if (goal.ids !== undefined) {
    if (!extractionId.startsWith(goal.ids) || counted.has(extractionId)) return;
    counted.add(extractionId);
  }
  towardsGoal += 1;
  if (towardsGoal === goal.count) process.send?.({ reached: true });
}

process.on('message', (command: ReceiverCommand) => {
  if (command === 'count') {
    process.send?.({ count, towardsGoal });
  } else if (command === 'report') {
    process.send?.({ arrivals });
  } else if (command === 'take') {
    process.send?.({ arrivals });
    arrivals = [];
  } else {
    count = 0;
    towardsGoal = 0;
    goal = command.goal;
    arrivals = [];
    counted = new Set();
    process.send?.({ ready: true });
  }
});
process.on('disconnect', () => process.exit(0));

const port = Number(process.argv[2]);
server.on('error', ({ message }) => {
  process.stderr.write(`The receiver can't listen on port ${port}: ${message}\n`);
  process.exit(1);
});
server.listen(port, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
