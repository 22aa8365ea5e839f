import { Injectable } from '@nestjs/common';
import { checkCaller, mayActFor, userOf, type Caller } from '../auth/caller.js';
import { cursorOf, DEFAULT_PAGE_SIZE, idOfCursor, pageOf } from '../common/cursor.js';
import { DomainError } from '../common/domain-error.js';
import { isUuid, webhookIdOf, webhookUuidOf } from '../common/ids.js';
import { timeOf } from '../common/timestamp.js';
import { StrictValidationPipe } from '../common/strict-validation.pipe.js';
import { unknownId } from '../common/unknown-id.js';
import type { Delivery, DeliveryAttempt } from '../generated/prisma/client.js';
import { ServiceEmitter } from '../runtime/service-emitter.js';
import { WebhooksService } from '../webhooks/webhooks.service.js';
import type { DeliveryDto, DeliveryRecordDetailDto, DeliveryRecordDto } from './deliveries.dto.js';
import { ListDeliveriesDto, NO_HTTP_STATUS } from './list-deliveries.dto.js';
import { DeliveriesQueuedEvent } from '../queue/deliveries-queued.event.js';
import { DeliveriesRepository } from './deliveries.repository.js';
import { headersOf } from '../queue/header-lines.js';
import { OutboxService } from '../queue/outbox.service.js';
import type { ListedAttempt } from './listing.statement.js';
import { StatsService } from './stats.service.js';
import type { WebhookStatsDto } from './webhook-stats.dto.js';

/** Reads the log, and queues deliveries of the log again. Callers get only records of users that they may act for. */
@Injectable()
export class DeliveriesService {
  constructor(
    private readonly repository: DeliveriesRepository,
    private readonly outbox: OutboxService,
    private readonly webhooks: WebhooksService,
    private readonly emitter: ServiceEmitter,
    private readonly validation: StrictValidationPipe,
    private readonly statistics: StatsService,
  ) {}

  /**
   * A page of a user's log, newest first. By default of the caller's. An unknown `webhookId` or `deliveryId`, or one of another
   * user, has no records.
   *
   * @throws DomainError `VALIDATION_ERROR` by the rules of `GET {path}/webhooks/deliveries`, or `FORBIDDEN`
   */
  async list(caller: Caller, query: ListDeliveriesDto = {}) {
    checkCaller(caller);
    const checked = await this.validation.checked(ListDeliveriesDto, query);
    const { userId: named, webhookId: publicId, limit = DEFAULT_PAGE_SIZE, cursor, ...filters } = checked;
    const { deliveryId, httpStatus, since, until } = filters;
    const userId = userOf(caller, named);
    const webhookUuid = publicId === undefined ? undefined : webhookUuidOf(publicId);
    const before = cursor === undefined ? undefined : idOfCursor(cursor);
    // A malformed id has no records, as an unknown one.
    if ((publicId !== undefined && webhookUuid === undefined) || (deliveryId !== undefined && !isUuid(deliveryId))) {
      return { data: [], hasMore: false, nextCursor: null };
    }
    const filter = {
      ...filters,
      userId,
      webhookUuid,
      httpStatus: httpStatus === undefined ? undefined : httpStatusesOf(httpStatus),
      since: since === undefined ? undefined : timeOf(since),
      until: until === undefined ? undefined : timeOf(until),
      before,
    };
    const attempts = await this.repository.listAttempts(filter, limit + 1);
    const { page, ...more } = pageOf(attempts, limit, ({ id }) => cursorOf(id));
    return { data: page.map(toRecord), ...more };
  }

  /**
   * One attempt with its request and response.
   *
   * @throws DomainError `NOT_FOUND` or `FORBIDDEN`
   */
  async get(caller: Caller, id: string): Promise<DeliveryRecordDetailDto> {
    const attempt = await this.ownedAttempt(caller, id);
    const { requestHeaders, responseHeaders, responseBody, responseTruncated } = attempt;
    return {
      ...toRecord(attempt),
      request: {
        headers: headersOf(requestHeaders),
        body: (await this.repository.findPayload(attempt.eventId)) ?? '',
      },
      response:
        attempt.httpStatus === null
          ? null
          : {
              headers: headersOf(responseHeaders ?? ''),
              body: responseBody ?? '',
              truncated: responseTruncated,
            },
    };
  }

  /**
   * Queues the delivery of an attempt once more, with its retry schedule at the start.
   *
   * @param id the id of the attempt
   * @throws DomainError `NOT_FOUND`, `FORBIDDEN`, or `VALIDATION_ERROR` if the webhook is inactive
   */
  async resend(caller: Caller, id: string): Promise<DeliveryDto> {
    const { eventId, webhookUuid } = await this.ownedAttempt(caller, id);
    const webhook = await this.webhooks.owned(caller, webhookIdOf(webhookUuid));
    if (!webhook.active) {
      throw new DomainError('VALIDATION_ERROR', 'The webhook is not active: activate it before you resend to it.');
    }
    if (!(await this.outbox.requeue([{ eventId, webhookUuid }], 'resend'))) {
      throw new DomainError('NOT_FOUND', 'The delivery is older than the retention.');
    }
    this.emitter.emit(DeliveriesQueuedEvent.eventName, new DeliveriesQueuedEvent([webhookUuid]));
    return this.delivery(eventId, webhookUuid);
  }

  /**
   * The state of one delivery.
   *
   * @throws DomainError `NOT_FOUND`
   */
  async delivery(eventId: string, webhookUuid: string): Promise<DeliveryDto> {
    const delivery = await this.repository.findDelivery(eventId, webhookUuid);
    if (delivery === null) throw new DomainError('NOT_FOUND', 'There is no such delivery.');
    return toDelivery(delivery);
  }

  /**
   * A delivery and all its attempts, the oldest first. For operators: it checks no caller.
   *
   * @internal
   * @param id of the delivery, or of one of its attempts
   * @param since reads all deliveries since this time. Only deliveries without an attempt that version 0.1 queued need it
   * @throws DomainError `NOT_FOUND`
   */
  async history(id: string, since?: Date): Promise<{ delivery: DeliveryDto; attempts: DeliveryRecordDto[] }> {
    const delivery = isUuid(id) ? await this.deliveryOf(id, since) : null;
    if (delivery === null) throw new DomainError('NOT_FOUND', 'There is no delivery or attempt with this id.');
    return { delivery: toDelivery(delivery), attempts: (await this.repository.findAttempts(delivery)).map(toRecord) };
  }

  /** The states of an event's deliveries, in the order in which they were queued. */
  async deliveriesOfEvent(eventId: string): Promise<DeliveryDto[]> {
    return (await this.repository.findDeliveriesOfEvent(eventId)).map(toDelivery);
  }

  /**
   * Statistics of a webhook's attempts, in total and by hour.
   *
   * @param since a timestamp (RFC 3339). Undefined: 24 hours ago
   * @throws DomainError `VALIDATION_ERROR`, `NOT_FOUND` or `FORBIDDEN`
   */
  async stats(caller: Caller, publicId: string, since: string | undefined): Promise<WebhookStatsDto> {
    return this.statistics.ofWebhook(caller, publicId, { since });
  }

  private async deliveryOf(id: string, since: Date | undefined): Promise<Delivery | null> {
    const attempt = await this.repository.findAttempt(id);
    if (attempt === null) return this.repository.findDeliveryById(id, since);
    return this.repository.findDelivery(attempt.eventId, attempt.webhookUuid);
  }

  private async ownedAttempt(caller: Caller, id: string): Promise<DeliveryAttempt> {
    checkCaller(caller);
    const attempt = isUuid(id) ? await this.repository.findAttempt(id) : null;
    if (attempt === null) throw unknownId('delivery record');
    if (!mayActFor(caller, attempt.userId))
      throw new DomainError('FORBIDDEN', 'This delivery record belongs to another user.');
    return attempt;
  }
}

/** The lowest and the highest HTTP status of a valid filter. */
function httpStatusesOf(filter: string): readonly [number, number] {
  if (filter === NO_HTTP_STATUS) return [0, 0];
  return [Number(filter.replace('xx', '00')), Number(filter.replace('xx', '99'))];
}

function toRecord(attempt: ListedAttempt): DeliveryRecordDto {
  return {
    id: attempt.id,
    userId: attempt.userId,
    webhookId: webhookIdOf(attempt.webhookUuid),
    extractionId: attempt.extractionId,
    event: attempt.event,
    url: attempt.url,
    status: attempt.status,
    httpStatus: attempt.httpStatus,
    error: attempt.error,
    durationMs: attempt.durationMs,
    createdAt: attempt.createdAt,
    deliveryId: attempt.deliveryId,
    attempt: attempt.attempt,
    trigger: attempt.trigger,
    nextAttemptAt: attempt.nextAttemptAt,
  };
}

/** @internal */
export function toDelivery({
  id,
  eventId,
  webhookUuid,
  state,
  attempts,
  nextAttemptAt,
  createdAt,
}: Delivery): DeliveryDto {
  const due = state === 'pending' ? nextAttemptAt : null;
  return { id, eventId, webhookId: webhookIdOf(webhookUuid), state, attempts, nextAttemptAt: due, createdAt };
}
