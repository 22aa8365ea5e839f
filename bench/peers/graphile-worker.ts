import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { run, type Task } from 'graphile-worker';
import { Pool } from 'pg';
import { request } from 'undici';

/**
 * A small webhook server on graphile-worker: the design that a team would build itself in an afternoon. A request adds a job to
 * PostgreSQL, a task posts the body and writes one row to a log, and graphile-worker retries jobs that fail.
 *
 * `DATABASE_URL` names an empty database, and `PORT` the port on 127.0.0.1 (a free one by default). It reads
 * `POST /publish` with `{"url": "…", "body": …}` and answers 202. It prints one line when it listens.
 */
const CONCURRENCY = 32;
/** The deadline of one attempt, as long as this service's default. */
const TIMEOUT_MS = 10_000;
/** Enough for the tasks, and for requests at the same time. */
const CONNECTIONS = 40;

interface Job {
  url: string;
  body: unknown;
}

const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: CONNECTIONS });
// graphile-worker connects again by itself. Without this, a lost idle connection would end the process.
pool.on('error', ({ message }) => console.error(`A connection was lost: ${message}`));
pool.on('connect', (client) => client.on('error', () => undefined));
await pool.query(`CREATE TABLE IF NOT EXISTS attempts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  url text NOT NULL, status int, error text, created_at timestamptz NOT NULL DEFAULT now())`);

const deliver: Task = async (payload) => {
  const { url, body } = payload as Job;
  const result = await post(url, JSON.stringify(body)).catch((error: Error) => error);
  const isError = result instanceof Error;
  await pool.query('INSERT INTO attempts (url, status, error) VALUES ($1, $2, $3)', [
    url,
    isError ? null : result,
    isError ? result.message : null,
  ]);
  if (isError) throw result;
  if (result >= 300) throw new Error(`The receiver answered ${result}`);
};

async function post(url: string, body: string): Promise<number> {
  const { statusCode, body: answer } = await request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  await answer.dump();
  return statusCode;
}

const runner = await run({
  pgPool: pool,
  concurrency: CONCURRENCY,
  noHandleSignals: true,
  taskList: { deliver },
  parsedCronItems: [],
});

async function publish(incoming: IncomingMessage): Promise<number> {
  if (incoming.method !== 'POST' || incoming.url !== '/publish') return 404;
  const { url, body } = JSON.parse(await text(incoming)) as Partial<Job>;
  if (typeof url !== 'string' || body === undefined) return 400;
  await runner.addJob('deliver', { url, body });
  return 202;
}

const server = createServer((incoming, outgoing) => {
  publish(incoming).then(
    (status) => outgoing.writeHead(status).end(),
    (error: Error) => outgoing.writeHead(500).end(error.message),
  );
});

process.on('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
  void runner.stop().then(() => process.exit(0));
});

server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  console.log(`Listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
