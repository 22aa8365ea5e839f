import { Injectable, Logger } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import { WebhookDisabled } from 'docmap-webhooks';

@Injectable()
export class DisabledListener {
  private readonly logger = new Logger(DisabledListener.name);

  @OnEvent(WebhookDisabled.eventName)
  onDisabled({ webhook, actor, reason }: WebhookDisabled): void {
    // In the place of an e-mail to the team that the metadata names.
    if (actor === 'system') this.logger.warn(`To ${webhook.metadata.team}: ${webhook.id} is disabled: ${reason}`);
  }
}
