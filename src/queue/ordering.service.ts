import { Injectable } from '@nestjs/common';
import { ServiceEmitter } from '../runtime/service-emitter.js';
import { OrderingEnabledEvent } from '../webhooks/ordering-enabled.event.js';
import { WaitingDeliveries } from './waiting-deliveries.js';

/** Orders the deliveries that wait when the owner of a webhook turns on its ordering. */
@Injectable()
export class OrderingService {
  constructor(waiting: WaitingDeliveries, emitter: ServiceEmitter) {
    emitter.listen(OrderingEnabledEvent, ({ webhookUuid }) => waiting.orderPending(webhookUuid));
  }
}
