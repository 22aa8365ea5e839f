import { Injectable } from '@nestjs/common';
import { checkCaller, mayActFor, type Caller } from '../auth/caller.js';
import { DomainError, type ErrorCode } from '../common/domain-error.js';
import { isUuid, webhookIdOf } from '../common/ids.js';
import { StrictValidationPipe } from '../common/strict-validation.pipe.js';
import { shown } from '../common/validation-error.js';
import { DeliveriesQueuedEvent } from '../queue/deliveries-queued.event.js';
import { OutboxService } from '../queue/outbox.service.js';
import { ServiceEmitter } from '../runtime/service-emitter.js';
import { WebhooksService } from '../webhooks/webhooks.service.js';
import type { DeliveryDto } from './deliveries.dto.js';
import { DeliveriesRepository } from './deliveries.repository.js';
import { toDelivery } from './deliveries.service.js';
import { ResendDeliveriesDto } from './resend.dto.js';
import { text, type Phrase } from '../translations/phrase.js';

/** A delivery to queue, and the place in the request of the first record that names it. */
interface Named {
  place: number;
  eventId: string;
  webhookUuid: string;
}

/** Queues several deliveries of the log once more: all of them or none. */
@Injectable()
export class ResendService {
  constructor(
    private readonly repository: DeliveriesRepository,
    private readonly outbox: OutboxService,
    private readonly webhooks: WebhooksService,
    private readonly emitter: ServiceEmitter,
    private readonly validation: StrictValidationPipe,
  ) {}

  /**
   * Queues the deliveries of records once more, with their retry schedules at the start. Two records may be of one delivery,
   * which is then queued once.
   *
   * @returns the delivery of each record, in the order of the ids
   * @throws DomainError `VALIDATION_ERROR`, `NOT_FOUND` or `FORBIDDEN`, which names the first id at fault. Then nothing is queued
   */
  async resend(caller: Caller, input: ResendDeliveriesDto): Promise<DeliveryDto[]> {
    checkCaller(caller);
    const { ids } = await this.validation.checked(ResendDeliveriesDto, input);
    const records = await this.ownedRecords(caller, ids);
    const named = new Map<string, Named>();
    for (const [place, { eventId, webhookUuid }] of records.entries()) {
      const key = eventId + webhookUuid;
      if (!named.has(key)) named.set(key, { place, eventId, webhookUuid });
    }
    const deliveries = [...named.values()];
    await this.checkWebhooks(caller, ids, deliveries);
    if (!(await this.outbox.requeue(deliveries, 'resend'))) throw await this.missing(ids, deliveries);
    const webhooks = [...new Set(deliveries.map(({ webhookUuid }) => webhookUuid))];
    this.emitter.emit(DeliveriesQueuedEvent.eventName, new DeliveriesQueuedEvent(webhooks));
    const queued = await this.repository.findDeliveries(deliveries);
    const byKey = new Map(queued.map((delivery) => [delivery.eventId + delivery.webhookUuid, toDelivery(delivery)]));
    return records.flatMap(({ eventId, webhookUuid }) => byKey.get(eventId + webhookUuid) ?? []);
  }

  private async ownedRecords(caller: Caller, ids: readonly string[]) {
    const found = await this.repository.findAttemptsByIds(ids.filter(isUuid));
    const byId = new Map(found.map((record) => [record.id, record]));
    return ids.map((id, place) => {
      const record = byId.get(id.toLowerCase());
      if (!record) throw fault('NOT_FOUND', ids, place, text('is no id of a delivery record'));
      if (!mayActFor(caller, record.userId)) {
        throw fault('FORBIDDEN', ids, place, text('is a delivery record of another user'));
      }
      return record;
    });
  }

  /** Each webhook must exist and be active. */
  private async checkWebhooks(caller: Caller, ids: readonly string[], deliveries: readonly Named[]): Promise<void> {
    const checked = new Set<string>();
    for (const { place, webhookUuid } of deliveries) {
      if (checked.has(webhookUuid)) continue;
      checked.add(webhookUuid);
      const webhook = await this.webhooks.owned(caller, webhookIdOf(webhookUuid)).catch((error: unknown) => {
        if (!(error instanceof DomainError) || error.code !== 'NOT_FOUND') throw error;
        throw fault('NOT_FOUND', ids, place, text('is a record of a deleted webhook'));
      });
      if (webhook.active) continue;
      throw fault(
        'VALIDATION_ERROR',
        ids,
        place,
        text('is a record of a webhook that is not active: activate it first'),
      );
    }
  }

  private async missing(ids: readonly string[], deliveries: readonly Named[]): Promise<DomainError> {
    const found = await this.repository.findDeliveries(deliveries);
    const keys = new Set(found.map(({ eventId, webhookUuid }) => eventId + webhookUuid));
    const lost = deliveries.find(({ eventId, webhookUuid }) => !keys.has(eventId + webhookUuid));
    return fault(
      'NOT_FOUND',
      ids,
      lost?.place ?? 0,
      text('is a record of a delivery that is older than the retention'),
    );
  }
}

function fault(code: ErrorCode, ids: readonly string[], place: number, what: Phrase): DomainError {
  const value = shown(ids[place]);
  return new DomainError(code, text('ids[{{place}}]: {{value}} {{what}}. Nothing was queued.', { place, value, what }));
}
