import { Injectable, Logger } from '@nestjs/common';
import { webhookUuidOf } from '../common/ids.js';
import { ServiceEmitter } from '../runtime/service-emitter.js';
import { WebhookDisabled } from '../webhooks/life-cycle.events.js';
import { OutboxService } from './outbox.service.js';

/**
 * Tells owners that somebody disabled a webhook. All other operational events are stored by the settlement that causes them
 * (`operational-events-parts.ts`).
 */
@Injectable()
export class OperationalEventsService {
  private readonly logger = new Logger(OperationalEventsService.name);

  constructor(
    private readonly outbox: OutboxService,
    emitter: ServiceEmitter,
  ) {
    emitter.listen(WebhookDisabled, (event) => this.tellDisabled(event));
  }

  private async tellDisabled({ actor, webhook }: WebhookDisabled): Promise<void> {
    if (actor === 'system') return;
    await this.outbox.tellDisabled(webhookUuidOf(webhook.id) ?? '').catch((error: Error) => {
      this.logger.warn(`The owner of ${webhook.id} was not told that it is disabled: ${error.message}`);
    });
  }
}
