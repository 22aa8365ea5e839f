import { FIRST_WEBHOOK } from '../../src/queue/claim-limits.js';
import type { Claim, ClaimRequest, LeasedDelivery, LeaseRequest } from '../../src/queue/outbox.types.js';

/** A webhook of the model. */
export interface ModelWebhook {
  id: string;
  userId: string;
  url: string;
  active: boolean;
  deleted: boolean;
  throttledUntil: number;
  throttleCount: number;
}

/** A row of the model's table of deliveries. */
export interface ModelDelivery {
  id: string;
  webhook: ModelWebhook;
  state: 'pending' | 'succeeded' | 'cancelled';
  dueAt: number;
  /** Whether it became due by time alone. Only a scan finds such a delivery. */
  isTimed: boolean;
  leaseToken: string | null;
  attempts: number;
}

const PAYLOAD = 'x'.repeat(100);

/** The tables of the queue in memory. Its statements do the same as those of `src/deliveries`. All times are fake. */
export class DispatchModel {
  readonly webhooks: ModelWebhook[] = [];
  readonly deliveries: ModelDelivery[] = [];

  addWebhook(userId: string, url: string): ModelWebhook {
    const id = `00000000-0000-0000-0000-${String(this.webhooks.length + 1).padStart(12, '0')}`;
    const webhook = { id, userId, url, active: true, deleted: false, throttledUntil: 0, throttleCount: 0 };
    this.webhooks.push(webhook);
    return webhook;
  }

  webhook(id: string): ModelWebhook {
    return this.webhooks.find((webhook) => webhook.id === id) as ModelWebhook;
  }

  /** The deliveries of a webhook that a claim would find. */
  claimable(webhook: ModelWebhook): ModelDelivery[] {
    if (!this.isReady(webhook)) return [];
    return this.pending(webhook).filter(({ dueAt, leaseToken }) => dueAt <= Date.now() && leaseToken === null);
  }

  pending(webhook: ModelWebhook): ModelDelivery[] {
    return this.deliveries.filter((row) => row.webhook === webhook && row.state === 'pending');
  }

  enqueue(userId: string, count: number, lease: LeaseRequest | undefined) {
    const leased: LeasedDelivery[] = [];
    const waiting = new Set<string>();
    for (const webhook of this.webhooks.filter((each) => each.userId === userId && each.active && !each.deleted)) {
      const isPaused = webhook.throttledUntil > Date.now();
      const wanted = lease && !isPaused ? this.wanted(webhook, lease) : 0;
      for (let number = 1; number <= count; number += 1) {
        const id = `d${this.deliveries.length + 1}`;
        const row: ModelDelivery = {
          id,
          webhook,
          state: 'pending',
          dueAt: Date.now(),
          isTimed: false,
          leaseToken: null,
          attempts: 0,
        };
        this.deliveries.push(row);
        if (number <= wanted) leased.push(this.lease(row, lease!.leaseToken));
        else waiting.add(webhook.id);
      }
    }
    return { accepted: [], webhooks: [...waiting], leased: { deliveries: leased, now: Date.now() } };
  }

  claim(request: ClaimRequest): Claim {
    const { from, limit, maxBytes } = request;
    const visited =
      'webhooks' in from
        ? from.webhooks.map((id) => this.webhook(id))
        : this.webhooks.filter((webhook) => webhook.id > from.cursor && this.pending(webhook).length > 0);
    const ready = visited.filter((webhook) => this.isReady(webhook));
    const deliveries: LeasedDelivery[] = [];
    const limited = new Set<string>();
    let last = -1;
    let isCut = false;
    for (const [number, webhook] of ready.entries()) {
      const wanted = this.wanted(webhook, request);
      let taken = 0;
      for (const row of this.claimable(webhook).slice(0, wanted)) {
        isCut ||= deliveries.length > 0 && (deliveries.length + 1) * PAYLOAD.length > maxBytes;
        if (isCut) break;
        deliveries.push(this.lease(row, request.leaseToken));
        taken += 1;
        last = number;
        isCut = deliveries.length === limit;
      }
      if (taken >= wanted) limited.add(webhook.id);
    }
    for (const [number, { id }] of ready.entries()) {
      if (isCut && ('webhooks' in from ? number >= last : number === last)) limited.add(id);
    }
    return {
      deliveries,
      now: Date.now(),
      limited,
      rateLimited: new Map(),
      cursor: (isCut && ready[last]?.id) || FIRST_WEBHOOK,
    };
  }

  release(deliveries: readonly Pick<LeasedDelivery, 'id' | 'leaseToken'>[]): void {
    for (const { id, leaseToken } of deliveries) {
      const row = this.row(id);
      if (row.leaseToken === leaseToken) row.leaseToken = null;
    }
  }

  row(id: string): ModelDelivery {
    return this.deliveries.find((row) => row.id === id) as ModelDelivery;
  }

  private isReady({ deleted, active, throttledUntil }: ModelWebhook): boolean {
    return active && !deleted && throttledUntil <= Date.now();
  }

  private wanted(webhook: ModelWebhook, { demand, defaultDemand }: LeaseRequest): number {
    return Math.min(demand.get(webhook.id) ?? defaultDemand, webhook.throttleCount > 0 ? 1 : Infinity);
  }

  private lease(row: ModelDelivery, leaseToken: string): LeasedDelivery {
    row.leaseToken = leaseToken;
    const { id, webhook, attempts } = row;
    const { url, userId, throttleCount } = webhook;
    const delivery = {
      id,
      leaseToken,
      webhookUuid: webhook.id,
      url,
      userId,
      throttleCount,
      attempts,
      // Half of the deliveries are those of a recovery.
      trigger: Number(id.slice(1)) % 2 === 0 ? 'recover' : 'event',
      payload: PAYLOAD,
      permit: null,
    };
    return delivery as LeasedDelivery;
  }
}
