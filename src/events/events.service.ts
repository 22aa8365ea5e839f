import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { mayActFor, type Caller } from '../auth/caller.js';
import { DomainError } from '../common/domain-error.js';
import { isUuid } from '../common/ids.js';
import { unknownId } from '../common/unknown-id.js';
import type { HostTransaction } from '../database/host-transaction.js';
import { translateDatabaseError } from '../database/prisma-errors.js';
import { DeliveriesService } from '../deliveries/deliveries.service.js';
import type { AcceptedEvent, Idempotency, NewEvent } from '../queue/outbox.types.js';
import { OutboxService } from '../queue/outbox.service.js';
import type { Event } from '../generated/prisma/client.js';
import { ServiceEmitter } from '../runtime/service-emitter.js';
import { Tracing } from '../runtime/tracing.js';
import type { PublishableEvent } from '../webhooks/event-type.js';
import { EventTypes } from '../webhooks/event-types.js';
import { checkedData, textOfData } from './event-data.js';
import { checkFields } from './event-fields.js';
import { newEventOf, type PublishedEvent } from './event-payload.js';
import type { AcceptedEventDto, EventDto } from './events.dto.js';
import { EventsRepository } from './events.repository.js';
import { IngestBatcher } from './ingest-batcher.js';
import { PublishRefusedEvent } from './publish-refused.event.js';

/** Accepts events. An accepted event is on disk, and is delivered to every subscribed webhook at least once. */
@Injectable()
export class EventsService {
  /** @internal */
  constructor(
    private readonly ingest: IngestBatcher,
    private readonly outbox: OutboxService,
    private readonly repository: EventsRepository,
    private readonly deliveries: DeliveriesService,
    private readonly types: EventTypes,
    private readonly emitter: ServiceEmitter,
    private readonly tracing: Tracing,
  ) {}

  /**
   * Accepts an event of this application.
   *
   * @param event an event of `defineEventType`, or an extraction event
   * @param tx a transaction of the caller in the same database. The event exists exactly if this transaction commits
   * @throws DomainError `VALIDATION_ERROR` or `PAYLOAD_TOO_LARGE`, TypeError if `tx` has no open transaction, and errors of
   *   the database. After an error nothing is accepted
   */
  async publish(event: PublishableEvent, tx?: HostTransaction): Promise<AcceptedEventDto> {
    try {
      return await this.acceptOwn(event, tx);
    } catch (error) {
      const known = translateDatabaseError(error);
      const refused = new PublishRefusedEvent(known instanceof DomainError ? known.code : 'INTERNAL_ERROR');
      this.emitter.emit(PublishRefusedEvent.eventName, refused);
      throw error;
    }
  }

  /**
   * Accepts the events of an HTTP request, all of them or none.
   *
   * @internal
   * @param published one event, or a batch. One event and a batch of one event are different requests, also under one key
   * @param options.key the caller's idempotency key. A repeated request with the same events stores nothing and gets the
   *   same answer, whatever its trace is
   * @param options.traceparent the trace of the request. It is kept with the events
   * @throws DomainError `PAYLOAD_TOO_LARGE`, or `CONFLICT` if the key was used with other events
   */
  async accept(
    { userId }: Caller,
    published: PublishedEvent | PublishedEvent[],
    { key, traceparent }: { key: string | undefined; traceparent: string | null },
  ): Promise<AcceptedEventDto[]> {
    const now = Date.now();
    const list = Array.isArray(published) ? published : [published];
    const events = list.map((event) => newEventOf(event, now, traceparent));
    const idempotency = key === undefined ? undefined : { publisherId: userId, key, requestHash: hashOf(published) };
    const accepted = await this.ingest.add({ events, idempotency });
    if (accepted === null && idempotency) return this.acceptedBefore(idempotency);
    return toAccepted(events, accepted ?? []);
  }

  /**
   * The event and the state of its deliveries, for its user or a caller with the scope `events:publish` or `admin`.
   *
   * @internal
   * @throws DomainError `NOT_FOUND` or `FORBIDDEN`
   */
  async get(caller: Caller, id: string): Promise<EventDto> {
    const event = isUuid(id) ? await this.repository.find(id) : null;
    if (event === null) throw unknownId('event');
    if (!mayActFor(caller, event.userId) && !caller.scopes.includes('events:publish')) {
      throw new DomainError('FORBIDDEN', 'This event belongs to another user.');
    }
    const { type, extractionId, occurredAt, createdAt } = event;
    const deliveries = await this.deliveries.deliveriesOfEvent(id);
    return { id: event.id, event: type, userId: event.userId, extractionId, occurredAt, createdAt, deliveries };
  }

  private async acceptOwn(event: PublishableEvent, tx: HostTransaction | undefined): Promise<AcceptedEventDto> {
    const { event: name, userId, extractionId, data, occurredAt } = event;
    const fields: object = { event: name, userId, extractionId, data, occurredAt: isoOf(occurredAt) };
    checkFields(fields, '', this.types);
    const text = checkedData(fields, textOfData(fields.data), 'data', this.types);
    return this.tracing.inSpan('publish', async (traceparent) => {
      const events = [newEventOf({ ...fields, data: text }, Date.now(), traceparent)];
      if (tx) await this.outbox.begin(tx, fields.userId);
      // In the caller's transaction nothing is due before the commit. The commit itself sends the notification.
      const accepted = tx
        ? (await this.outbox.enqueue([{ events }], { tx })).accepted[0]
        : await this.ingest.add({ events });
      return toAccepted(events, accepted ?? [])[0] as AcceptedEventDto;
    });
  }

  private async acceptedBefore({ publisherId, key, requestHash }: Idempotency): Promise<AcceptedEventDto[]> {
    const earlier = await this.repository.findIdempotencyKey(publisherId, key);
    if (earlier === null || Buffer.from(earlier.requestHash).toString('hex') !== requestHash) {
      throw new DomainError(
        'CONFLICT',
        'This Idempotency-Key was used with another body. Use a new key for a new request.',
      );
    }
    const events = new Map((await this.repository.findByIds(earlier.eventIds)).map((event) => [event.id, event]));
    return earlier.eventIds.map((id) => {
      const event = events.get(id);
      if (event) return toAcceptedAgain(event);
      throw new DomainError(
        'CONFLICT',
        'The events of this Idempotency-Key were erased. Use a new key for a new request.',
      );
    });
  }
}

/** Hashes a request. Two requests have equal hashes if their events have equal fields and texts of `data`, in one order. */
function hashOf(published: PublishedEvent | PublishedEvent[]): string {
  const text = Array.isArray(published)
    ? `[${published.map(fieldsText).join()}]`
    : `{"event":${fieldsText(published)}}`;
  return createHash('sha256').update(text).digest('hex');
}

function fieldsText({ event, userId, extractionId, data, occurredAt }: PublishedEvent): string {
  const ids = [event, userId, extractionId].map((text) => JSON.stringify(text));
  return `[${ids.join()},${data},${JSON.stringify(occurredAt ?? null)}]`;
}

function isoOf(time: Date | undefined): string | undefined {
  return time instanceof Date && !Number.isNaN(time.getTime()) ? time.toISOString() : (time as string | undefined);
}

/** @param accepted the stored events, in the same order */
function toAccepted(events: NewEvent[], accepted: AcceptedEvent[]): AcceptedEventDto[] {
  return accepted.map(({ deliveries, createdAt }, index) => {
    const { id, type, userId, extractionId } = events[index] as NewEvent;
    return { id, event: type, userId, extractionId, deliveries, createdAt };
  });
}

function toAcceptedAgain({ id, type, userId, extractionId, deliveryCount, createdAt }: Event): AcceptedEventDto {
  return { id, event: type, userId, extractionId, deliveries: deliveryCount, createdAt };
}
