import type { ApiClient, ApiResponse } from '../../support/api-client.js';

/** Publishes without a pause, several requests at a time, and keeps what was answered with 202: what was promised. */
export class Publisher {
  /** The extraction ids of the accepted events. */
  readonly accepted: string[] = [];
  /** All other answers. */
  readonly refusals: ApiResponse<{ error: { code: string } }>[] = [];
  private stopped = false;
  private readonly workers: Promise<void>[];
  private waiting: { count: number; resolve: () => void }[] = [];

  constructor(
    private readonly api: ApiClient,
    private readonly prefix: string,
    parallel = 4,
  ) {
    this.workers = Array.from({ length: parallel }, (_, worker) => this.work(worker));
  }

  /** Resolves when `count` events are accepted. */
  async reached(count: number): Promise<void> {
    if (this.accepted.length < count) await new Promise<void>((resolve) => this.waiting.push({ count, resolve }));
  }

  /** Resolves when the last request has its answer, or has learnt that there will be none. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.workers);
  }

  private async work(worker: number): Promise<void> {
    for (let number = 1; !this.stopped; number += 1) {
      const extractionId = `${this.prefix}-${worker}-${number}`;
      const event = { event: 'extraction.completed', userId: 'uid_local', extractionId, data: { number } };
      // A connection that breaks leaves open whether the event was accepted: nothing was promised.
      const response = await this.api.post('/v1/events', event).catch(() => undefined);
      if (response === undefined) return;
      if (response.status === 202) this.accepted.push(extractionId);
      else this.refusals.push(response);
      for (const { count, resolve } of this.waiting) if (this.accepted.length >= count) resolve();
    }
  }
}
