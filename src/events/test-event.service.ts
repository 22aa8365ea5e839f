import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import { unknownId } from '../common/unknown-id.js';
import type { DeliveryDto } from '../deliveries/deliveries.dto.js';
import { DeliveriesService } from '../deliveries/deliveries.service.js';
import { DeliveriesQueuedEvent } from '../queue/deliveries-queued.event.js';
import { OutboxService } from '../queue/outbox.service.js';
import { ServiceEmitter } from '../runtime/service-emitter.js';
import { TEST_EVENT_TYPE } from '../webhooks/event-types.js';
import { WebhooksService } from '../webhooks/webhooks.service.js';
import { newEventOf } from './event-payload.js';

/** Sends a test event to one webhook, when its owner or an operator requests it. */
@Injectable()
export class TestEventService {
  constructor(
    private readonly webhooks: WebhooksService,
    private readonly outbox: OutboxService,
    private readonly deliveries: DeliveriesService,
    private readonly emitter: ServiceEmitter,
  ) {}

  /**
   * Queues a `webhook.test` event for this webhook only.
   *
   * @param traceparent the trace of the request. It is kept with the event
   * @throws DomainError `NOT_FOUND`, `FORBIDDEN`, or `VALIDATION_ERROR` if the webhook is inactive
   */
  async send(caller: Caller, publicId: string, traceparent: string | null): Promise<DeliveryDto> {
    const webhook = await this.webhooks.ownedActive(caller, publicId);
    const { eventName, exampleExtractionId, example } = TEST_EVENT_TYPE;
    const event = newEventOf(
      {
        event: eventName,
        userId: webhook.userId,
        extractionId: exampleExtractionId,
        data: JSON.stringify(example),
      },
      Date.now(),
      traceparent,
    );
    await this.outbox.enqueue([{ events: [event] }], { only: { webhookUuid: webhook.id, trigger: 'test' } });
    this.emitter.emit(DeliveriesQueuedEvent.eventName, new DeliveriesQueuedEvent([webhook.id]));
    const [delivery] = await this.deliveries.deliveriesOfEvent(event.id);
    if (!delivery) throw unknownId('webhook');
    return delivery;
  }
}
