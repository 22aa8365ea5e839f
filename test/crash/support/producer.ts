import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { ApiClient, ApiResponse } from '../../support/api-client.js';

/** The ids of the events that were answered with 202, each with its number of deliveries. */
export type Promised = Map<string, number>;

/** The extractions of each worker. Its events are about one after another. */
const EXTRACTIONS = 5;

/** The wait before a producer repeats a request that was not answered with 202. */
const RETRY_MS = 50;

interface ProducerOptions {
  /** The processes that accept events at this moment. Requests rotate among them. */
  apis: () => ApiClient[];
  promised: Promised;
  /** Requests at a time. */
  parallel?: number;
  /** Milliseconds between two requests of one worker. */
  intervalMs?: () => number;
}

/**
 * Publishes until it is stopped. A request without an answer, or with a refusal, is repeated under its idempotency key
 * until it gets 202. The documentation advises this.
 */
export class Producer {
  /** Answers other than 202. */
  readonly refusals: ApiResponse<{ error?: { code: string } }>[] = [];
  /** The URLs of processes to which a request got no answer. */
  readonly unanswered: string[] = [];
  private stopped = false;
  private accepted = 0;
  private turn = 0;
  private readonly workers: Promise<void>[];
  private waiting: { count: number; resolve: () => void }[] = [];

  constructor(private readonly options: ProducerOptions) {
    const producer = randomUUID();
    this.workers = Array.from({ length: options.parallel ?? 4 }, (_, worker) => this.work(`${producer}-${worker}`));
  }

  /** Resolves when `count` events are accepted. */
  async reached(count: number): Promise<void> {
    if (this.accepted < count) await new Promise<void>((resolve) => this.waiting.push({ count, resolve }));
  }

  /** Publishes this many more events. */
  async more(count: number): Promise<void> {
    await this.reached(this.accepted + count);
  }

  /** Resolves when no request is in flight. A request that is not accepted by then is dropped. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.workers);
  }

  private async work(worker: string): Promise<void> {
    for (let place = 0; !this.stopped; place += 1) {
      await this.publish(randomUUID(), `${worker}-${place % EXTRACTIONS}`, place);
      const { intervalMs } = this.options;
      if (intervalMs) await delay(intervalMs());
    }
  }

  /** @param place grows with each event of an extraction, which follows the answer to the one before */
  private async publish(key: string, extractionId: string, place: number): Promise<void> {
    const { apis, promised } = this.options;
    const event = { event: 'extraction.completed', userId: 'uid_local', extractionId, data: { key, place } };
    while (!this.stopped) {
      const available = apis();
      const api = available[this.turn++ % available.length];
      const answer = await api?.post('/v1/events', event, { 'idempotency-key': key }).catch(() => undefined);
      if (api && !answer) this.unanswered.push(api.url);
      if (answer?.status === 202) {
        const { id, deliveries } = answer.body.data as { id: string; deliveries: number };
        promised.set(id, deliveries);
        this.accepted += 1;
        for (const { count, resolve } of this.waiting) if (this.accepted >= count) resolve();
        return;
      }
      if (answer) this.refusals.push(answer);
      await delay(RETRY_MS);
    }
  }
}
