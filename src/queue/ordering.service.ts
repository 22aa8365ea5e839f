import { Injectable } from '@nestjs/common';
import { ServiceEmitter } from '../runtime/service-emitter.js';
import { WebhookOrderedEvent } from '../webhooks/webhook-ordered.event.js';
import { OutboxService } from './outbox.service.js';

/** Orders the deliveries that wait when the owner of a webhook turns on its ordering. */
@Injectable()
export class OrderingService {
  constructor(outbox: OutboxService, emitter: ServiceEmitter) {
    emitter.listen(WebhookOrderedEvent, ({ webhookUuid }) => outbox.orderPending(webhookUuid));
  }
}
