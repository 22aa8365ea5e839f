import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Phrase } from '../translations/phrase.js';
import { verifyWebhook, WebhookVerificationError } from '../verify/index.js';
import { BodyTooLargeError, readBody } from '../verify/verified-request.js';
import { CliUsageError } from './cli-error.js';
import { wholeNumber } from './context.js';

/** The number of requests that the history keeps. */
const MAX_HISTORY = 1_000;

/** The values that an answer may have. */
export const RANGES = {
  status: { min: 200, max: 599 },
  delay: { min: 0, max: 600_000 },
  retryAfter: { min: 0, max: 86_400 },
  failFirst: { min: 0, max: 1_000 },
} as const satisfies Record<keyof PlayAnswer, object>;

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
  /** @param fault a value of the URL that is no answer: the sender gets status 400 */
  onRequest(request: PlayedRequest, fault: Phrase | undefined): void;
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
    const [answer, fault] = answerOf(url.searchParams, options.answer);
    const id = String(request.headers['webhook-id'] ?? '');
    const attempt = (attempts.get(id) ?? 0) + 1;
    attempts.set(id, attempt);
    const signature = verdictOf(body, request, options.secrets);
    const status = fault ? 400 : attempt <= answer.failFirst ? 500 : answer.status;
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
    options.onRequest(played, fault);
    if (answer.delay > 0) await sleep(answer.delay, undefined, { ref: false });
    const headers = answer.retryAfter === undefined ? {} : { 'retry-after': String(answer.retryAfter) };
    response.writeHead(status, { ...headers, 'content-type': 'text/plain' });
    response.end(status === 204 || status === 304 ? undefined : `${String(fault ?? signature)}\n`);
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

/** The answer that a URL chooses, and its first fault. A wrong value would otherwise look like one that has an effect. */
function answerOf(query: URLSearchParams, usual: PlayAnswer): [answer: PlayAnswer, fault: Phrase | undefined] {
  let fault: Phrase | undefined;
  const number = (name: keyof PlayAnswer): number | undefined => {
    const given = query.get(name);
    if (given === null) return undefined;
    try {
      return wholeNumber(name, RANGES[name])(given);
    } catch (error) {
      if (!(error instanceof CliUsageError)) throw error;
      fault ??= error.phrase;
      return undefined;
    }
  };
  const answer = {
    status: number('status') ?? usual.status,
    delay: number('delay') ?? usual.delay,
    retryAfter: number('retryAfter') ?? usual.retryAfter,
    failFirst: number('failFirst') ?? usual.failFirst,
  };
  return [answer, fault];
}
