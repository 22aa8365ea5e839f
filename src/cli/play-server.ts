import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { verifyWebhook, WebhookVerificationError } from '../verify/index.js';
import { BodyTooLargeError, readBody } from '../verify/verified-request.js';

/** The number of requests that the history keeps. */
const MAX_HISTORY = 1_000;

/** How the receiver answers. A query of the URL overrides it: `/hook?status=503&delay=2000&retryAfter=30`. */
interface PlayAnswer {
  status: number;
  /** Milliseconds before the answer. */
  delay: number;
  /** The value of `Retry-After`, in seconds. */
  retryAfter: number | undefined;
  /** The number of first requests with a `webhook-id` that get status 500. */
  failFirst: number;
}

/** A request that arrived. `GET /history` shows these. */
export interface PlayedRequest {
  at: string;
  method: string;
  path: string;
  headers: Record<string, string | string[] | undefined>;
  body: string;
  /** `valid`, the reason of `verifyWebhook`, or `not checked` without a secret. */
  signature: string;
  /** The status of the answer. */
  status: number;
}

interface Options {
  /** The secrets or public keys. Empty: signatures are not checked. */
  secrets: readonly string[];
  answer: PlayAnswer;
  onRequest(request: PlayedRequest): void;
}

/** A receiver for development. It answers as told, and remembers the requests. */
export function createPlayServer(options: Options): Server {
  const history: PlayedRequest[] = [];
  const attempts = new Map<string, number>();
  const server = createServer((request, response) => {
    respond(request, response).catch(() => response.destroy());
  });
  return server;

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (url.pathname === '/history' && request.method !== 'POST') return answerHistory(request, response);
    let body: Buffer;
    try {
      body = await readBody(request);
    } catch (error) {
      if (!(error instanceof BodyTooLargeError)) throw error;
      response.writeHead(error.statusCode, { connection: 'close' }).end();
      return;
    }
    const answer = answerOf(url.searchParams, options.answer);
    const id = String(request.headers['webhook-id'] ?? '');
    const attempt = (attempts.get(id) ?? 0) + 1;
    attempts.set(id, attempt);
    const signature = verdictOf(body, request, options.secrets);
    const isFailing = attempt <= answer.failFirst;
    const status = isFailing ? 500 : answer.status;
    const played: PlayedRequest = {
      at: new Date().toISOString(),
      method: request.method ?? '',
      path: url.pathname + url.search,
      headers: request.headers,
      body: body.toString('utf8'),
      signature,
      status,
    };
    history.push(played);
    if (history.length > MAX_HISTORY) history.shift();
    options.onRequest(played);
    if (answer.delay > 0) await sleep(answer.delay, undefined, { ref: false });
    const headers = answer.retryAfter === undefined ? {} : { 'retry-after': String(answer.retryAfter) };
    response.writeHead(status, { ...headers, 'content-type': 'text/plain' });
    response.end(status === 204 || status === 304 ? undefined : `${signature}\n`);
  }

  function answerHistory(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    if (request.method === 'DELETE') {
      history.length = 0;
      attempts.clear();
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data: history }));
  }
}

function verdictOf(body: Buffer, { headers }: IncomingMessage, secrets: readonly string[]): string {
  if (secrets.length === 0) return 'not checked';
  try {
    verifyWebhook(body, headers, secrets);
    return 'valid';
  } catch (error) {
    if (error instanceof WebhookVerificationError) return error.reason;
    throw error;
  }
}

function answerOf(query: URLSearchParams, usual: PlayAnswer): PlayAnswer {
  const number = (name: string, min: number, max: number): number | undefined => {
    const value = Number(query.get(name) ?? Number.NaN);
    return Number.isInteger(value) && value >= min && value <= max ? value : undefined;
  };
  return {
    status: number('status', 200, 599) ?? usual.status,
    delay: number('delay', 0, 600_000) ?? usual.delay,
    retryAfter: number('retryAfter', 0, 86_400) ?? usual.retryAfter,
    failFirst: number('failFirst', 0, 1_000) ?? usual.failFirst,
  };
}
