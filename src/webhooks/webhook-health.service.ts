import { Injectable } from '@nestjs/common';
import { webhookUuidOf } from '../common/ids.js';
import { unknownId } from '../common/unknown-id.js';
import { toWebhookDto } from './to-webhook-dto.js';
import type { WebhookState } from './webhook-health.js';
import { WebhookHealthRepository, type HealthFilter, type HealthRow } from './webhook-health.repository.js';
import type { WebhookDto } from './webhook.dto.js';

/** A webhook and its health: see "Webhook health" in docs/architecture.md. */
export interface WebhookWithHealth extends WebhookDto {
  state: WebhookState;
  /** The time of the first failure since the last success. Null while the webhook is healthy. */
  failingSince: Date | null;
  /** Failed attempts since the last success. */
  consecutiveFailures: number;
  /** The end of the present pause. Null unless the state is `paused`. */
  pausedUntil: Date | null;
  /** Pauses since the last success, by throttling answers or the circuit breaker. */
  pauses: number;
}

/** Shows webhooks of all users with their health, for operators. It checks no caller. */
@Injectable()
export class WebhookHealthService {
  constructor(private readonly repository: WebhookHealthRepository) {}

  /** The newest `limit` webhooks, of all users and in all states unless the filter says otherwise. */
  async list(filter: Omit<HealthFilter, 'id'>, limit: number): Promise<WebhookWithHealth[]> {
    return (await this.repository.list(filter, limit)).map(toDto);
  }

  /** @throws DomainError `NOT_FOUND` */
  async get(publicId: string): Promise<WebhookWithHealth> {
    const id = webhookUuidOf(publicId);
    const [row] = id === undefined ? [] : await this.repository.list({ id }, 1);
    if (!row) throw unknownId('webhook');
    return toDto(row);
  }
}

function toDto(row: HealthRow): WebhookWithHealth {
  const { state, failingSince, consecutiveFailures, throttleCount: pauses, throttledUntil } = row;
  const pausedUntil = state === 'paused' ? throttledUntil : null;
  return { ...toWebhookDto(row), state, failingSince, consecutiveFailures, pausedUntil, pauses };
}
