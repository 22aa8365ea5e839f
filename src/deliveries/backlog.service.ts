import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import { DEFAULT_PAGE_SIZE, pageOf, placeCursorOf, placeOfCursor } from '../common/cursor.js';
import { webhookIdOf } from '../common/ids.js';
import { StrictValidationPipe } from '../common/strict-validation.pipe.js';
import { timeOf } from '../common/timestamp.js';
import { DeliveriesQueuedEvent } from '../queue/deliveries-queued.event.js';
import { PendingDeliveries } from '../queue/pending-deliveries.js';
import { ServiceEmitter } from '../runtime/service-emitter.js';
import { WebhookInvalidatedEvent } from '../webhooks/webhook-invalidated.event.js';
import type { WebhookState } from '../webhooks/webhook-health.js';
import { WebhooksService } from '../webhooks/webhooks.service.js';
import {
  CancelBacklogDto,
  ListBacklogDto,
  type BacklogChangeDto,
  type BacklogPageDto,
  type BacklogTotalsDto,
} from './backlog.dto.js';

/** The time after which a request begins no batch, in milliseconds. A batch takes less than a second. */
const REQUEST_BUDGET_MS = 2_000;

/** Counts of a backlog for its owner end here. */
const TOTALS_LIMIT = 10_000;

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

/** Shows, sends and cancels the pending deliveries of webhooks, for their owners and for operators. */
@Injectable()
export class BacklogService {
  constructor(
    private readonly pending: PendingDeliveries,
    private readonly webhooks: WebhooksService,
    private readonly emitter: ServiceEmitter,
    private readonly validation: StrictValidationPipe,
  ) {}

  /**
   * The webhooks with pending deliveries, those with the most due ones first. For operators: it checks no caller.
   *
   * @param userId undefined: of all users
   */
  async list(userId: string | undefined, limit: number): Promise<Backlog[]> {
    const rows = await this.pending.backlog({ userId }, limit);
    return rows.map(({ webhookUuid, ...counts }) => ({ webhookId: webhookIdOf(webhookUuid), ...counts }));
  }

  /**
   * The backlog of one webhook, which may be empty. It counts exactly, which may take seconds.
   *
   * @throws DomainError `NOT_FOUND` or `FORBIDDEN`
   */
  async get(caller: Caller, publicId: string): Promise<Pick<Backlog, 'pending' | 'due' | 'oldestDue'>> {
    const { id } = await this.webhooks.owned(caller, publicId);
    const [row] = await this.pending.backlog({ webhookUuid: id }, 1);
    return { pending: row?.pending ?? 0, due: row?.due ?? 0, oldestDue: row?.oldestDue ?? null };
  }

  /**
   * A page of the pending deliveries of a webhook, those that are due first at the beginning.
   *
   * @throws DomainError `VALIDATION_ERROR` by the rules of `GET {path}/webhooks/{id}/backlog`, `NOT_FOUND` or `FORBIDDEN`
   */
  async page(caller: Caller, publicId: string, query: ListBacklogDto = {}): Promise<BacklogPageDto> {
    const { limit = DEFAULT_PAGE_SIZE, cursor } = await this.validation.checked(ListBacklogDto, query);
    const { id, userId } = await this.webhooks.owned(caller, publicId);
    const after = cursor === undefined ? undefined : placeOfCursor(cursor);
    const rows = await this.pending.page(id, after, limit + 1);
    const { page, ...more } = pageOf(rows, limit, ({ nextAttemptAt: time, eventId }) =>
      placeCursorOf({ time, id: eventId }),
    );
    return {
      data: page.map(({ id: deliveryId, ...row }) => ({ deliveryId, ...row })),
      totals: await this.totals({ webhookUuid: id, userId }),
      ...more,
    };
  }

  /**
   * Makes all pending deliveries of a webhook due now, and ends its pause. The first deliveries are sent while the others are still
   * changed.
   *
   * @returns the number of deliveries that were not due before, and whether others still wait for their times
   * @throws DomainError `NOT_FOUND`, `FORBIDDEN`, or `VALIDATION_ERROR` if the webhook is inactive
   */
  async sendNow(caller: Caller, publicId: string): Promise<BacklogChangeDto> {
    const { id } = await this.webhooks.ownedActive(caller, publicId);
    const { changed, hasMore } = await this.pending.sendNow(id, REQUEST_BUDGET_MS);
    this.emitter.emit(DeliveriesQueuedEvent.eventName, new DeliveriesQueuedEvent([id]));
    return { deliveries: changed, hasMore };
  }

  /**
   * Cancels pending deliveries of a webhook, in batches. Attempts in flight end and are recorded, and are not repeated. A
   * recovery can queue the events again.
   *
   * @param filter default: all pending deliveries
   * @param budgetMs the time after which no batch begins, in milliseconds. Default: that of a request
   * @returns the number of cancelled deliveries, and whether others are left
   * @throws DomainError `VALIDATION_ERROR` by the rules of `POST {path}/webhooks/{id}/backlog/cancel`, `NOT_FOUND` or `FORBIDDEN`
   */
  async cancel(
    caller: Caller,
    publicId: string,
    filter: CancelBacklogDto = {},
    budgetMs = REQUEST_BUDGET_MS,
  ): Promise<BacklogChangeDto> {
    const { event, before } = await this.validation.checked(CancelBacklogDto, filter);
    const { id } = await this.webhooks.owned(caller, publicId);
    const accepted = before === undefined ? undefined : timeOf(before);
    const { changed, hasMore } = await this.pending.cancelBacklog(id, { event, before: accepted }, budgetMs);
    this.emitter.emit(WebhookInvalidatedEvent.eventName, new WebhookInvalidatedEvent(id));
    return { deliveries: changed, hasMore };
  }

  /**
   * The numbers of pending deliveries of a webhook, or of all webhooks of a user. Counts end at a limit. It checks no caller.
   *
   * @param whose with a webhook, the user has no influence
   */
  async totals({ webhookUuid, userId }: { webhookUuid?: string; userId: string }): Promise<BacklogTotalsDto> {
    const totals = await this.pending.totals(webhookUuid === undefined ? { userId } : { webhookUuid }, TOTALS_LIMIT);
    return { ...totals, limited: totals.pending >= TOTALS_LIMIT };
  }
}
