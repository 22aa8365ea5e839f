import { Injectable } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { EventsService, ExtractionCompletedEvent, ExtractionFailedEvent } from 'docmap-webhooks';

@Injectable()
export class DocumentsService {
  constructor(
    private readonly emitter: EventEmitter2,
    private readonly events: EventsService,
  ) {}

  async complete(userId: string, extractionId: string): Promise<void> {
    const event = new ExtractionCompletedEvent({ userId, extractionId, data: { pages: 3 } });
    await this.emitter.emitAsync(ExtractionCompletedEvent.eventName, event);
  }

  fail(userId: string, extractionId: string, reason: string) {
    return this.events.publish(new ExtractionFailedEvent({ userId, extractionId, data: { reason } }));
  }
}
