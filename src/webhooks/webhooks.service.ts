import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import { DomainError } from '../common/domain-error.js';
import { newWebhookUuid, webhookIdOf, webhookUuidOf } from '../common/ids.js';
import { LocalShortageError } from '../common/local-shortage.error.js';
import { unknownId } from '../common/unknown-id.js';
import { AppConfig } from '../config/app-config.js';
import type { Webhook } from '../generated/prisma/client.js';
import { ServiceEmitter } from '../runtime/service-emitter.js';
import { targetHint } from '../targets/target-hint.js';
import { TargetPolicy } from '../targets/target-policy.js';
import { checkTargetUrl } from '../targets/target-url.js';
import { encryptedBy } from './cipher-answer.js';
import { SecretCipher } from './secret-cipher.js';
import { newSigningSecret } from './signing-secret.js';
import { WebhookChangedEvent } from './webhook-changed.event.js';
import { WebhookDeletedEvent } from './webhook-deleted.event.js';
import { webhookLimitReached } from './webhook-limit.js';
import {
  DEFAULT_OVERLAP_SECONDS,
  type CreateWebhookDto,
  type ListWebhooksDto,
  type RotateSecretDto,
  type UpdateWebhookDto,
  type WebhookDto,
  type WebhookWithSecretDto,
} from './webhooks.dto.js';
import { WebhooksRepository } from './webhooks.repository.js';

/** For requests that need a secret while the cipher can't reach its key. */
const RETRY_AFTER_SECONDS = 5;

/** Registers webhooks and changes them, each for its owner only. */
@Injectable()
export class WebhooksService {
  constructor(
    private readonly repository: WebhooksRepository,
    private readonly cipher: SecretCipher,
    private readonly policy: TargetPolicy,
    private readonly emitter: ServiceEmitter,
    private readonly config: AppConfig,
  ) {}

  async create({ userId }: Caller, { url, events, description }: CreateWebhookDto): Promise<WebhookWithSecretDto> {
    const id = newWebhookUuid();
    const secret = newSigningSecret();
    const href = this.checkedUrl(url);
    const webhook = await this.repository.createWithinLimits({
      id,
      userId,
      url: href,
      events,
      description: description ?? null,
      secret: await this.encrypted(secret, id),
    });
    if (typeof webhook === 'string') throw webhookLimitReached(webhook);
    return { secret, webhook: toDto(webhook) };
  }

  async list({ userId }: Caller, { active = 'true' }: ListWebhooksDto): Promise<WebhookDto[]> {
    const state = active === 'all' ? undefined : active === 'true';
    return (await this.repository.findByUser(userId, state)).map(toDto);
  }

  async get(caller: Caller, id: string): Promise<WebhookDto> {
    return toDto(await this.owned(caller, id));
  }

  async update(caller: Caller, id: string, change: UpdateWebhookDto): Promise<WebhookDto> {
    const webhook = await this.owned(caller, id);
    const { url, events, description, active } = change;
    const data = {
      ...(url === undefined ? {} : { url: this.checkedUrl(url) }),
      ...(events === undefined ? {} : { events }),
      ...(description === undefined ? {} : { description }),
    };
    const updated = await this.withActivity(webhook, active, data);
    if (typeof updated === 'string') throw webhookLimitReached(updated);
    if (updated === null) throw unknownId('webhook');
    await this.announceChange(webhook.id);
    return toDto(updated);
  }

  /** Deletes a webhook for good. When this returns nothing more is sent to it from this process. */
  async delete(caller: Caller, id: string): Promise<void> {
    const webhook = await this.owned(caller, id);
    if (!(await this.repository.delete(webhook.id))) throw unknownId('webhook');
    await this.repository.announceChange(webhook.id);
    await this.emitter.emitAsync(WebhookDeletedEvent.eventName, new WebhookDeletedEvent(webhook.id));
  }

  /** Gives a webhook a new secret; the old one signs beside it for a while, so that a receiver can change over. */
  async rotateSecret(caller: Caller, id: string, { overlapSeconds }: RotateSecretDto): Promise<WebhookWithSecretDto> {
    const webhook = await this.owned(caller, id);
    const secret = newSigningSecret();
    const rotated = await this.repository.rotateSecret(
      webhook.id,
      await this.encrypted(secret, webhook.id),
      overlapSeconds ?? DEFAULT_OVERLAP_SECONDS,
    );
    if (rotated === null) throw unknownId('webhook');
    await this.announceChange(webhook.id);
    return { secret, webhook: toDto(rotated) };
  }

  /** Removes old secrets whose overlap is over. */
  async forgetExpiredSecrets(): Promise<void> {
    await this.repository.forgetExpiredSecrets();
  }

  /**
   * The webhook behind a public id.
   *
   * @throws DomainError `NOT_FOUND` for an unknown one, `FORBIDDEN` for another user's
   */
  async owned({ userId }: Caller, id: string): Promise<Webhook> {
    const uuid = webhookUuidOf(id);
    const webhook = uuid === undefined ? null : await this.repository.find(uuid);
    if (webhook === null) throw unknownId('webhook');
    if (webhook.userId !== userId) throw new DomainError('FORBIDDEN', 'This webhook belongs to another user.');
    return webhook;
  }

  private async encrypted(secret: string, webhookUuid: string): Promise<Uint8Array<ArrayBuffer>> {
    try {
      return await encryptedBy(this.cipher, secret, webhookUuid);
    } catch (cause) {
      if (!(cause instanceof LocalShortageError)) throw cause;
      const options = { cause, retryAfterSeconds: RETRY_AFTER_SECONDS };
      throw new DomainError('SERVICE_UNAVAILABLE', 'Signing secrets can not be stored at the moment.', options);
    }
  }

  private async announceChange(webhookUuid: string): Promise<void> {
    this.emitter.emit(WebhookChangedEvent.eventName, new WebhookChangedEvent(webhookUuid));
    await this.repository.announceChange(webhookUuid);
  }

  private withActivity(webhook: Webhook, active: boolean | undefined, data: object) {
    if (active === true && !webhook.active) return this.repository.activateWithinLimit(webhook, { ...data, ...FRESH });
    if (active === false && webhook.active) {
      const disabledReason = 'Paused by its owner.';
      return this.repository.update(webhook.id, { ...data, active, disabledReason, disabledAt: new Date() });
    }
    return this.repository.update(webhook.id, data);
  }

  private checkedUrl(text: string): string {
    const { href, fault } = checkTargetUrl(text, this.policy, this.config.requireHttps);
    if (href !== undefined) return href;
    const hint = targetHint(text, this.policy, this.config.requireHttps);
    throw new DomainError('VALIDATION_ERROR', `url ${fault}${hint === undefined ? '' : `; ${hint}`}`);
  }
}

/** An activated webhook begins without the past that disabled it. */
const FRESH = {
  disabledReason: null,
  disabledAt: null,
  failingSince: null,
  consecutiveFailures: 0,
  throttleCount: 0,
  throttledUntil: null,
};

function toDto(webhook: Webhook): WebhookDto {
  const { id, userId, url, events, active, createdAt, description, disabledReason, disabledAt, updatedAt } = webhook;
  return {
    id: webhookIdOf(id),
    userId,
    url,
    events,
    active,
    createdAt,
    description,
    disabledReason,
    disabledAt,
    updatedAt,
  };
}
