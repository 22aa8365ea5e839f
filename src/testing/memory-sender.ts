import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AttemptOutcome } from '../queue/attempt-outcome.js';
import { attemptErrorOf } from '../dispatcher/attempt-error.js';
import { WebhookSender, type WebhookRequest } from '../dispatcher/webhook-sender.js';

/**
 * The answer to a request: an HTTP status, the error of an attempt without an answer (such as `connection refused`), or
 * the whole outcome.
 */
export type MemoryAnswer = number | string | AttemptOutcome;

/** An answer, or a function that decides on one. A function may be async, to delay its answer. */
export type MemoryReply = MemoryAnswer | ((request: WebhookRequest) => MemoryAnswer | Promise<MemoryAnswer>);

/**
 * Records the requests to webhooks, and sends nothing. They are signed and have all headers: the `Webhook` class of
 * `standardwebhooks` verifies them. Every request is answered with 200 until {@link respondWith} is called.
 */
export class MemorySender extends WebhookSender {
  private recorded: WebhookRequest[] = [];
  private replies: MemoryReply[] = [200];

  /** All requests since the start or {@link clear}, the oldest first; a request for each attempt. */
  get requests(): readonly WebhookRequest[] {
    return this.recorded;
  }

  /** The requests to this URL. */
  requestsFor(url: string): WebhookRequest[] {
    const { href } = new URL(url);
    return this.recorded.filter((request) => request.url === href);
  }

  /**
   * Sets the answers to later requests: one each, and the last one to all that follow. `respondWith(500, 200)` lets one
   * attempt fail. If a function throws, nothing is recorded of the attempt, as for every {@link WebhookSender}.
   */
  respondWith(...replies: [MemoryReply, ...MemoryReply[]]): void {
    this.replies = replies;
  }

  /** Forgets the requests and the answers. */
  clear(): void {
    this.recorded = [];
    this.replies = [200];
  }

  override async send(request: WebhookRequest, signal: AbortSignal): Promise<AttemptOutcome> {
    this.recorded.push(request);
    const reply = (this.replies.length > 1 ? this.replies.shift() : this.replies[0]) as MemoryReply;
    const begin = performance.now();
    const outcome = await untilEnd(signal, answerOf(reply, request));
    return typeof outcome === 'string' || typeof outcome === 'number'
      ? outcomeOf(outcome, Math.round(performance.now() - begin))
      : outcome;
  }
}

/** In a later turn of the event loop, as answers come from a network. */
async function answerOf(reply: MemoryReply, request: WebhookRequest): Promise<MemoryAnswer> {
  await nextTurn();
  return typeof reply === 'function' ? reply(request) : reply;
}

/** The answer, or the error that the end of the attempt comes to. */
function untilEnd(signal: AbortSignal, answer: Promise<MemoryAnswer>): Promise<MemoryAnswer> {
  return new Promise((resolve, reject) => {
    const end = (): void => resolve(attemptErrorOf(signal.reason));
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    void answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', end));
  });
}

function outcomeOf(answer: number | string, durationMs: number): AttemptOutcome {
  if (typeof answer === 'string') return { response: null, error: answer, durationMs };
  const error = answer >= 200 && answer < 300 ? null : `HTTP ${answer}`;
  return { response: { status: answer, headers: {}, body: '', truncated: false }, error, durationMs };
}
