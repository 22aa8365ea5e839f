import { Injectable } from '@nestjs/common';
import { Batcher, type Admission } from '../common/batcher.js';
import { REQUEST_BATCHES } from '../database/statement-batches.js';
import { DeliveriesQueuedEvent } from '../queue/deliveries-queued.event.js';
import { FastPath } from '../queue/fast-path.js';
import type { AcceptedEvent, PublishRequest } from '../queue/outbox.types.js';
import { OutboxService } from '../queue/outbox.service.js';
import { ServiceEmitter } from '../runtime/service-emitter.js';

/** Limits of one commit: events, and the length of their payloads. Larger commits save nothing more. */
const MAX_EVENTS = 256;
const MAX_BYTES = 1_048_576;
/** A request with this many events gains nothing from sharing a commit. */
const LARGE_REQUEST = 100;
/** While PostgreSQL commits one batch, the process sends the next one. */
const BATCHES_AT_ONCE = 2;

/**
 * Stores the events of simultaneous requests in one commit, which costs little more than a commit of one request. A large
 * request has its own commit, and other requests do not wait for it.
 */
@Injectable()
export class IngestBatcher {
  private readonly batcher = new Batcher((requests: PublishRequest[]) => this.store(requests), newBatch, {
    ...REQUEST_BATCHES,
    atOnce: BATCHES_AT_ONCE,
  });

  constructor(
    private readonly outbox: OutboxService,
    private readonly fastPath: FastPath,
    private readonly emitter: ServiceEmitter,
  ) {}

  /** @returns the committed events, or null if the request's idempotency key was used before */
  async add(request: PublishRequest): Promise<AcceptedEvent[] | null> {
    if (request.events.length < LARGE_REQUEST) return this.batcher.add(request);
    const [accepted = null] = await this.store([request]);
    return accepted;
  }

  private async store(requests: PublishRequest[]): Promise<(AcceptedEvent[] | null)[]> {
    const events = requests.flatMap((request) => request.events);
    const { accepted, webhooks } = await this.fastPath.storing(events, (lease) =>
      this.outbox.enqueue(requests, { lease }),
    );
    this.emitter.emit(DeliveriesQueuedEvent.eventName, new DeliveriesQueuedEvent(webhooks));
    return accepted;
  }
}

/** Admits requests to a batch. Requests with one idempotency key never share it: the second must find the first one stored. */
function newBatch(): Admission<PublishRequest> {
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
