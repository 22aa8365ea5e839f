import { Injectable } from '@nestjs/common';
import { ServiceEmitter } from '../runtime/service-emitter.js';
import { WebhookOrderedEvent } from '../webhooks/webhook-ordered.event.js';
import { WaitingDeliveries } from './waiting-deliveries.js';

/** Orders the deliveries that wait when the owner of a webhook turns on its ordering. */
@Injectable()
export class OrderingService {
  constructor(waiting: WaitingDeliveries, emitter: ServiceEmitter) {
    emitter.listen(WebhookOrderedEvent, ({ webhookUuid }) => waiting.orderPending(webhookUuid));
  }
}
