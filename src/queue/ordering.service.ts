import { Injectable } from '@nestjs/common';
import { ServiceEmitter } from '../runtime/service-emitter.js';
import { OrderingEnabledEvent } from '../webhooks/ordering-enabled.event.js';
import { PendingDeliveries } from './pending-deliveries.js';

/** Orders the pending deliveries when the owner of a webhook turns on its ordering. */
@Injectable()
export class OrderingService {
  constructor(pending: PendingDeliveries, emitter: ServiceEmitter) {
    emitter.listen(OrderingEnabledEvent, ({ webhookUuid }) => pending.orderPending(webhookUuid));
  }
}
