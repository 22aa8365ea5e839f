import { Injectable } from '@nestjs/common';
import { checkCaller, mayActFor, userOf, type Caller } from '../auth/caller.js';
import { DomainError } from '../common/domain-error.js';
import { newWebhookUuid, webhookUuidOf } from '../common/ids.js';
import { exactJson } from '../common/exact-number.js';
import { JsonText } from '../common/json-text.js';
import { StrictValidationPipe } from '../common/strict-validation.pipe.js';
import { unknownId } from '../common/unknown-id.js';
import { AppConfig } from '../config/app-config.js';
import type { Webhook } from '../generated/prisma/client.js';
import { ServiceEmitter } from '../runtime/service-emitter.js';
import { TargetPolicy } from '../targets/target-policy.js';
import { changeEvents, snapshotOf } from './change-events.js';
import { checkedUrl } from './checked-url.js';
import { filterTestOf } from './filter-test.js';
import { filterDocument } from './filter-text.js';
import type { FilterResultDto, TestFilterDto } from './filter-test.dto.js';
import { SecretRotated, WebhookCreated, WebhookDeleted, type LifeCycleEvent } from './life-cycle.events.js';
import { SecretCipher } from './secret-cipher.js';
import { newSecretColumns, secretChange } from './secret-settings.js';
import { newSigningKey } from './signing-key.js';
import { toWebhookDto } from './to-webhook-dto.js';
import { WebhookInvalidatedEvent } from './webhook-invalidated.event.js';
import { WebhookDeletingEvent } from './webhook-deleting.event.js';
import { OrderingEnabledEvent } from './ordering-enabled.event.js';
import { maxActiveOf, WebhookLimit } from './webhook-limit.js';
import { requireSameSignature, signatureOf } from './webhook-signature.js';
import { activityOf, checkTimeout, settingColumns } from './webhook-settings.js';
import type { WebhookDto, WebhookWithSecretDto } from './webhook.dto.js';
import {
  CreateWebhookDto,
  DEFAULT_OVERLAP_SECONDS,
  ListWebhooksDto,
  RotateSecretDto,
  UpdateWebhookDto,
} from './webhooks.dto.js';
import { DISABLED_REASON } from './webhook-health.js';
import { WebhooksRepository } from './webhooks.repository.js';

/** Registers webhooks, and changes them for their owners and for operators. */
@Injectable()
export class WebhooksService {
  constructor(
    private readonly repository: WebhooksRepository,
    private readonly cipher: SecretCipher,
    private readonly limit: WebhookLimit,
    private readonly policy: TargetPolicy,
    private readonly emitter: ServiceEmitter,
    private readonly config: AppConfig,
    private readonly validation: StrictValidationPipe,
  ) {}

  /**
   * Registers a webhook.
   *
   * @returns the webhook and its signing secret, which no other call returns. The secret is null with Ed25519
   * @throws DomainError `VALIDATION_ERROR` by the rules of `POST {path}/webhooks`, `MAX_WEBHOOKS_REACHED`, or
   *   `SERVICE_UNAVAILABLE` while the cipher can't reach its key
   */
  async create(caller: Caller, input: CreateWebhookDto): Promise<WebhookWithSecretDto> {
    checkCaller(caller);
    const valid = await this.validation.checked(CreateWebhookDto, input);
    const { url, events, headers, auth, signature, ...settings } = valid;
    checkTimeout(settings, this.config.deliveryTimeoutMs);
    const id = newWebhookUuid();
    const href = this.checkedUrl(url);
    const secrets = await newSecretColumns({ headers, auth }, { id, url: href }, this.cipher, this.checkedTokenUrl);
    const maxActive = await maxActiveOf(this.limit, caller);
    const key = await newSigningKey(this.cipher, signature ?? 'hmac-sha256', id);
    const webhook = await this.repository.createWithinLimits(
      {
        id,
        userId: caller.userId,
        url: href,
        events,
        ...settingColumns(settings),
        ...key.columns,
        ...secrets,
      },
      maxActive,
    );
    this.emit(new WebhookCreated(snapshotOf(webhook), caller));
    return { secret: key.secret, webhook: toWebhookDto(webhook) };
  }

  /**
   * A user's webhooks, newest first, at most 100. By default the caller's, and only active ones.
   *
   * @throws DomainError `VALIDATION_ERROR` by the rules of `GET {path}/webhooks`, or `FORBIDDEN`
   */
  async list(caller: Caller, query: ListWebhooksDto = {}): Promise<WebhookDto[]> {
    checkCaller(caller);
    const { active = 'true', userId } = await this.validation.checked(ListWebhooksDto, query);
    const state = active === 'all' ? undefined : active === 'true';
    return (await this.repository.findByUser(userOf(caller, userId), state)).map(toWebhookDto);
  }

  /** @throws DomainError `NOT_FOUND` or `FORBIDDEN` */
  async get(caller: Caller, id: string): Promise<WebhookDto> {
    return toWebhookDto(await this.owned(caller, id));
  }

  /**
   * Changes a webhook. Fields that are left out stay as they are.
   *
   * @param reason the `disabledReason` if the change deactivates the webhook. Default: whether its owner or an operator did it
   * @throws DomainError `VALIDATION_ERROR` by the rules of `PATCH {path}/webhooks/{id}`, `NOT_FOUND`, `FORBIDDEN` or
   *   `MAX_WEBHOOKS_REACHED`
   */
  async update(caller: Caller, id: string, change: UpdateWebhookDto, reason?: string): Promise<WebhookDto> {
    const valid = await this.validation.checked(UpdateWebhookDto, change);
    const { url, events, active, headers, auth, signature, ...settings } = valid;
    checkTimeout(settings, this.config.deliveryTimeoutMs);
    const webhook = await this.owned(caller, id);
    requireSameSignature(webhook, signature);
    const disabledReason = reason ?? DISABLED_REASON[caller.userId === webhook.userId ? 'owner' : 'operator'];
    const target = url === undefined ? {} : { url: this.checkedUrl(url) };
    const secrets = await secretChange({ headers, auth }, webhook, this.cipher, this.checkedTokenUrl);
    const columns = {
      ...target,
      ...(events === undefined ? {} : { events }),
      ...settingColumns(settings),
      ...secrets.columns,
    };
    const changed = await this.repository.change(
      webhook,
      (before) => {
        secrets.check(before, target);
        return { ...columns, ...activityOf(before, active, disabledReason) };
      },
      {
        maxActive: active === true ? await maxActiveOf(this.limit, { ...caller, userId: webhook.userId }) : 0,
        owner: caller.userId === webhook.userId ? undefined : webhook.userId,
      },
    );
    if (changed === null) throw unknownId('webhook');
    this.invalidate(webhook.id);
    for (const event of changeEvents(changed, caller)) this.emit(event);
    const enablesOrdering = changed.before.ordering === 'none' && changed.after.ordering !== 'none';
    // Together: neither waits for the other, and a failure of one is the failure of the call.
    await Promise.all([
      this.repository.notifyInvalidated(webhook.id),
      enablesOrdering && this.emitter.emitAsync(OrderingEnabledEvent.eventName, new OrderingEnabledEvent(webhook.id)),
    ]);
    return toWebhookDto(changed.after);
  }

  /**
   * Deletes a webhook permanently. After this returns, no process sends anything more to it. It waits for requests of other
   * processes at most as long as a lease.
   *
   * @throws DomainError `NOT_FOUND` or `FORBIDDEN`
   */
  async delete(caller: Caller, id: string): Promise<void> {
    const webhook = await this.owned(caller, id);
    const deleted = await this.repository.delete(webhook);
    if (deleted === null) throw unknownId('webhook');
    this.emit(new WebhookDeleted(snapshotOf(deleted), caller));
    await this.repository.notifyInvalidated(webhook.id);
    await this.emitter.emitAsync(WebhookDeletingEvent.eventName, new WebhookDeletingEvent(webhook.id));
  }

  /**
   * Gives a webhook a new signing secret, or a new private key if it signs with Ed25519. During the overlap both secrets sign. The
   * receiver can therefore change to the new one at any time of the overlap.
   *
   * @returns the webhook and the new secret, which no other call returns. The secret is null with Ed25519
   * @throws DomainError `VALIDATION_ERROR` by the rules of `POST {path}/webhooks/{id}/rotate-secret`, `NOT_FOUND`, `FORBIDDEN`,
   *   or `SERVICE_UNAVAILABLE` while the cipher can't reach its key
   */
  async rotateSecret(caller: Caller, id: string, input: RotateSecretDto = {}): Promise<WebhookWithSecretDto> {
    const { overlapSeconds } = await this.validation.checked(RotateSecretDto, input);
    const webhook = await this.owned(caller, id);
    const { secret, columns } = await newSigningKey(this.cipher, signatureOf(webhook), webhook.id);
    const rotated = await this.repository.rotateSecret(webhook, columns, overlapSeconds ?? DEFAULT_OVERLAP_SECONDS);
    if (rotated === null) throw unknownId('webhook');
    this.invalidate(webhook.id);
    this.emit(new SecretRotated(snapshotOf(rotated.after), caller, snapshotOf(rotated.before)));
    await this.repository.notifyInvalidated(webhook.id);
    return { secret, webhook: toWebhookDto(rotated.after) };
  }

  /**
   * Tests a filter with an event, in the same way as events that are published. Nothing is stored or sent.
   *
   * @throws DomainError `VALIDATION_ERROR` by the rules of `POST {path}/webhooks/test-filter`
   */
  async testFilter(input: TestFilterDto | JsonText): Promise<FilterResultDto> {
    const { path, document, extractionId } = filterTestOf(input instanceof JsonText ? input.text : exactJson(input));
    return { matches: await this.repository.matches(path, document, extractionId) };
  }

  /**
   * Whether an event matches a filter.
   *
   * @internal
   * @param path the filter as an SQL/JSON path
   */
  filterMatches(path: string, payload: string, extractionId: string | null): Promise<boolean> {
    return this.repository.matches(path, filterDocument(payload) ?? payload, extractionId);
  }

  /** Removes previous secrets whose overlap is over. */
  async forgetExpiredSecrets(): Promise<void> {
    await this.repository.forgetExpiredSecrets();
  }

  /**
   * The webhook with a public id, for its owner or an operator.
   *
   * @throws DomainError `NOT_FOUND` for an unknown id, `FORBIDDEN` for a webhook of another user
   */
  async owned(caller: Caller, publicId: string): Promise<Webhook> {
    checkCaller(caller);
    const id = webhookUuidOf(publicId);
    const webhook = id === undefined ? null : await this.repository.find(id);
    if (webhook === null) throw unknownId('webhook');
    if (!mayActFor(caller, webhook.userId)) throw new DomainError('FORBIDDEN', 'This webhook belongs to another user.');
    return webhook;
  }

  /**
   * The webhook with a public id, which must be active.
   *
   * @internal
   * @throws DomainError as {@link owned}, and `VALIDATION_ERROR` if the webhook is inactive
   */
  async ownedActive(caller: Caller, publicId: string): Promise<Webhook> {
    const webhook = await this.owned(caller, publicId);
    if (!webhook.active) throw new DomainError('VALIDATION_ERROR', 'The webhook is not active: activate it first.');
    return webhook;
  }

  /** Invalidates a webhook in this process. The caller then notifies the others. */
  private invalidate(webhookUuid: string): void {
    this.emitter.emit(WebhookInvalidatedEvent.eventName, new WebhookInvalidatedEvent(webhookUuid));
  }

  private emit(event: LifeCycleEvent): void {
    this.emitter.emit((event.constructor as typeof WebhookCreated).eventName, event);
  }

  private checkedUrl(given: string, field?: string): string {
    return checkedUrl(given, this.policy, this.config.requireHttps, field);
  }

  private readonly checkedTokenUrl = (url: string): string => this.checkedUrl(url, 'auth.tokenUrl');
}
