import { setImmediate as nextTurn } from 'node:timers/promises';
import { untilAborted } from '../common/until-aborted.js';
import type { AttemptOutcome } from '../queue/attempt-outcome.js';
import { attemptErrorOf } from '../dispatcher/attempt-error.js';
import { WebhookSender, type WebhookRequest } from '../dispatcher/webhook-sender.js';

/**
 * The result of an attempt: an HTTP status, an error message without a response (such as `connection refused`), or a
 * complete outcome.
 */
export type MemoryAnswer = number | string | AttemptOutcome;

/** An answer, or a function that returns one. An async function delays the answer. */
export type MemoryReply = MemoryAnswer | ((request: WebhookRequest) => MemoryAnswer | Promise<MemoryAnswer>);

/**
 * Records requests to webhooks instead of sending them. They are signed and have all headers: the `Webhook` class of
 * `standardwebhooks` verifies them. The answer is 200 until {@link respondWith} is called.
 */
export class MemorySender extends WebhookSender {
  private recorded: WebhookRequest[] = [];
  private replies: MemoryReply[] = [200];

  /** All requests since the start or {@link clear}, oldest first. Each attempt makes one request. */
  get requests(): readonly WebhookRequest[] {
    return this.recorded;
  }

  /** The requests to this URL. */
  requestsFor(url: string): WebhookRequest[] {
    const { href } = new URL(url);
    return this.recorded.filter((request) => request.url === href);
  }

  /**
   * Sets the answers to later requests: one per request, and the last one for all further requests. `respondWith(500, 200)`
   * makes one attempt fail. If a function throws, the attempt is not recorded, as with every {@link WebhookSender}.
   */
  respondWith(...replies: [MemoryReply, ...MemoryReply[]]): void {
    this.replies = replies;
  }

  /** Forgets all requests and answers. */
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

/** Answers in a later turn of the event loop, as a network does. */
async function answerOf(reply: MemoryReply, request: WebhookRequest): Promise<MemoryAnswer> {
  await nextTurn();
  return typeof reply === 'function' ? reply(request) : reply;
}

/** The answer, or the error of the attempt if its deadline comes first. */
async function untilEnd(signal: AbortSignal, answer: Promise<MemoryAnswer>): Promise<MemoryAnswer> {
  try {
    return await untilAborted(signal, answer);
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    return attemptErrorOf(error);
  }
}

function outcomeOf(answer: number | string, durationMs: number): AttemptOutcome {
  if (typeof answer === 'string') return { response: null, error: answer, durationMs };
  const error = answer >= 200 && answer < 300 ? null : `HTTP ${answer}`;
  return { response: { status: answer, headers: {}, body: '', truncated: false }, error, durationMs };
}
