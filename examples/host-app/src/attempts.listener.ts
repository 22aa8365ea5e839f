import { Injectable, Logger } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import { AttemptsSettledEvent } from 'docmap-webhooks';

@Injectable()
export class AttemptsListener {
  private readonly logger = new Logger(AttemptsListener.name);

  @OnEvent(AttemptsSettledEvent.eventName)
  onSettled({ attempts }: AttemptsSettledEvent): void {
    for (const { delivery, outcome } of attempts) {
      if (outcome.error !== null) this.logger.warn(`${delivery.eventType} of ${delivery.userId}: ${outcome.error}`);
    }
  }
}
