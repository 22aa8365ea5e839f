import { Injectable, Logger } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import { WebhookDisabled } from 'docmap-webhooks';

@Injectable()
export class DisabledListener {
  private readonly logger = new Logger(DisabledListener.name);

  @OnEvent(WebhookDisabled.eventName)
  onDisabled({ webhook, actor, reason }: WebhookDisabled): void {
    // A real application sends an e-mail to the team in the metadata.
    if (actor === 'system') this.logger.warn(`To ${webhook.metadata.team}: ${webhook.id} is disabled: ${reason}`);
  }
}
