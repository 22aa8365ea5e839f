import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import { webhookIdOf } from '../common/ids.js';
import { OutboxService } from '../queue/outbox.service.js';
import { ServiceEmitter } from '../runtime/service-emitter.js';
import { WebhookChangedEvent } from '../webhooks/webhook-changed.event.js';
import type { WebhookState } from '../webhooks/webhook-health.js';
import { WebhooksService } from '../webhooks/webhooks.service.js';

/** The pending deliveries of one webhook. */
export interface Backlog {
  webhookId: string;
  /** Null if the webhook was deleted. */
  userId: string | null;
  state: WebhookState | null;
  /** Those that are being sent included. */
  pending: number;
  /** The pending deliveries whose next attempt is due now. */
  due: number;
  /** The earliest due time. Null without a due delivery. */
  oldestDue: Date | null;
}

/** Shows and cancels the pending deliveries of webhooks. */
@Injectable()
export class BacklogService {
  constructor(
    private readonly outbox: OutboxService,
    private readonly webhooks: WebhooksService,
    private readonly emitter: ServiceEmitter,
  ) {}

  /**
   * The webhooks with pending deliveries, those with the most due ones first. For operators: it checks no caller.
   *
   * @param userId undefined: of all users
   */
  async list(userId: string | undefined, limit: number): Promise<Backlog[]> {
    const rows = await this.outbox.backlog({ userId }, limit);
    return rows.map(({ webhookUuid, ...counts }) => ({ webhookId: webhookIdOf(webhookUuid), ...counts }));
  }

  /**
   * The backlog of one webhook, which may be empty.
   *
   * @throws DomainError `NOT_FOUND` or `FORBIDDEN`
   */
  async get(caller: Caller, publicId: string): Promise<Pick<Backlog, 'pending' | 'due' | 'oldestDue'>> {
    const { id } = await this.webhooks.owned(caller, publicId);
    const [row] = await this.outbox.backlog({ webhookUuid: id }, 1);
    return { pending: row?.pending ?? 0, due: row?.due ?? 0, oldestDue: row?.oldestDue ?? null };
  }

  /**
   * Cancels all pending deliveries of a webhook. Attempts in flight end and are recorded, and are not repeated. A recovery can
   * queue the events again.
   *
   * @returns the number of cancelled deliveries
   * @throws DomainError `NOT_FOUND` or `FORBIDDEN`
   */
  async cancel(caller: Caller, publicId: string): Promise<number> {
    const { id } = await this.webhooks.owned(caller, publicId);
    const cancelled = await this.outbox.cancelBacklog(id);
    this.emitter.emit(WebhookChangedEvent.eventName, new WebhookChangedEvent(id));
    return cancelled;
  }
}
