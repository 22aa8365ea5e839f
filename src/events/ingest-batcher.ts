import { Injectable } from '@nestjs/common';
import { Batcher, type Admission } from '../common/batcher.js';
import { REQUEST_BATCHES } from '../database/statement-batches.js';
import { DeliveriesQueuedEvent } from '../queue/deliveries-queued.event.js';
import { FastPath } from '../queue/fast-path.js';
import type { AcceptedEvent, NewRequest } from '../queue/outbox.js';
import { OutboxService } from '../queue/outbox.service.js';
import { ServiceEmitter } from '../runtime/service-emitter.js';

/** Events that are stored in one commit, and the bytes of their payloads: more would no longer save anything. */
const MAX_EVENTS = 256;
const MAX_BYTES = 1_048_576;
/** A request with so many events gains nothing by the company of others. */
const LARGE_REQUEST = 100;
/** While PostgreSQL commits one batch, the next one is read, checked and sent to it. */
const BATCHES_AT_ONCE = 2;

/**
 * Stores the events of requests that come at the same time in one commit, which costs little more than one of them
 * would. A request that is large enough by itself does not make others wait for it.
 */
@Injectable()
export class IngestBatcher {
  private readonly batcher = new Batcher((requests: NewRequest[]) => this.store(requests), newBatch, {
    ...REQUEST_BATCHES,
    atOnce: BATCHES_AT_ONCE,
  });

  constructor(
    private readonly outbox: OutboxService,
    private readonly fastPath: FastPath,
    private readonly emitter: ServiceEmitter,
  ) {}

  /** @returns the events, committed, or null when the request's idempotency key was used before */
  async add(request: NewRequest): Promise<AcceptedEvent[] | null> {
    if (request.events.length < LARGE_REQUEST) return this.batcher.add(request);
    const [accepted = null] = await this.store([request]);
    return accepted;
  }

  private async store(requests: NewRequest[]): Promise<(AcceptedEvent[] | null)[]> {
    const events = requests.flatMap((request) => request.events);
    const { requests: accepted, webhooks } = await this.fastPath.storing(events, (lease) =>
      this.outbox.enqueue(requests, { lease }),
    );
    this.emitter.emit(DeliveriesQueuedEvent.eventName, new DeliveriesQueuedEvent(webhooks));
    return accepted;
  }
}

/** Two requests under one idempotency key are never in the same batch: the later one must find the first one stored. */
function newBatch(): Admission<NewRequest> {
  let count = 0;
  let bytes = 0;
  const keys = new Set<string>();
  return ({ events, idempotency }) => {
    count += events.length;
    for (const { payload } of events) bytes += payload.length;
    const key = idempotency && `${idempotency.publisherId} ${idempotency.key}`;
    const isNew = key === undefined || !keys.has(key);
    if (key !== undefined) keys.add(key);
    return isNew && count <= MAX_EVENTS && bytes <= MAX_BYTES;
  };
}
