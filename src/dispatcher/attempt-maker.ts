import { Injectable, Logger } from '@nestjs/common';
import { uuidV7, webhookIdOf } from '../common/ids.js';
import { AppConfig } from '../config/app-config.js';
import type { AttemptOutcome } from '../deliveries/attempt-outcome.js';
import { CANCELLED, settlementOf } from '../deliveries/delivery-state.js';
import type { ClaimedDelivery, SettledAttempt } from '../deliveries/outbox.js';
import { usesHttps } from '../targets/target-url.js';
import { SecretCipher } from '../webhooks/secret-cipher.js';
import { RetrySchedule } from './retry-schedule.js';
import { signedRequest } from './signed-request.js';
import { WebhookGoneError } from './target-errors.js';
import { userAgent } from './user-agent.js';
import { WebhookSender, type WebhookRequest } from './webhook-sender.js';

const UNSIGNED: AttemptOutcome = { response: null, error: 'the signing secret could not be read', durationMs: 0 };
/** The webhook was registered before `WEBHOOK_REQUIRE_HTTPS` was set. */
const UNENCRYPTED: AttemptOutcome = { response: null, error: 'target must use HTTPS', durationMs: 0 };

/** Signs and sends a delivery once, and decides what follows from it. */
@Injectable()
export class AttemptMaker {
  private readonly logger = new Logger(AttemptMaker.name);
  private readonly userAgent: string;
  private readonly requireHttps: boolean;
  private readonly decrypted = new WeakMap<Uint8Array, string[]>();

  constructor(
    private readonly sender: WebhookSender,
    private readonly cipher: SecretCipher,
    private readonly schedule: RetrySchedule,
    config: AppConfig,
  ) {
    this.userAgent = userAgent(config.webhookContact);
    this.requireHttps = config.requireHttps;
  }

  /**
   * Whatever the receiver does is an outcome. Rejects for want of this machine's own means, and when a sender or a
   * schedule that somebody plugged in throws.
   *
   * @param clock the database's time, in milliseconds since 1970
   * @param signal ends the attempt, with the error that it came to as its reason
   */
  async make(delivery: ClaimedDelivery, clock: () => number, signal: AbortSignal): Promise<SettledAttempt> {
    const startedAt = clock();
    // Here, not in the sender: it holds for every sender that is plugged in.
    const isRefused = this.requireHttps && !usesHttps(delivery.url);
    const request = isRefused ? undefined : this.requestOf(delivery, startedAt);
    const outcome = request ? await this.sender.send(request, signal) : isRefused ? UNENCRYPTED : UNSIGNED;
    const cutOff = outcome.error !== null && signal.reason instanceof WebhookGoneError;
    const retryDelayMs = this.schedule.delayAfter(delivery.scheduleStep + 1);
    return {
      id: uuidV7(startedAt),
      delivery,
      createdAt: new Date(startedAt),
      requestHeaders: request?.headers ?? {},
      outcome,
      settlement: cutOff ? CANCELLED : settlementOf(outcome, retryDelayMs, delivery.throttleCount, clock()),
    };
  }

  /** The signed request; undefined where its secret can't be read. */
  private requestOf(delivery: ClaimedDelivery, now: number): WebhookRequest | undefined {
    try {
      return signedRequest(delivery, { secrets: this.secretsOf(delivery), now, userAgent: this.userAgent });
    } catch (error) {
      this.logger.error(`Delivery ${delivery.id} can't be signed: ${(error as Error).message}`);
      return undefined;
    }
  }

  /** The webhook's secrets, decrypted once for all deliveries of a claim: they share the bytes. */
  private secretsOf(delivery: ClaimedDelivery): string[] {
    const { webhookUuid, secret } = delivery;
    let secrets = this.decrypted.get(secret);
    if (!secrets) {
      secrets = [this.cipher.decrypt(secret, webhookUuid), ...this.previousSecretOf(delivery)];
      this.decrypted.set(secret, secrets);
    }
    return secrets;
  }

  /** None where it can't be read: rotating is how a user gets away from such a secret, and the new one must do. */
  private previousSecretOf({ webhookUuid, previousSecret }: ClaimedDelivery): string[] {
    try {
      return previousSecret ? [this.cipher.decrypt(previousSecret, webhookUuid)] : [];
    } catch (error) {
      const reason = (error as Error).message;
      this.logger.warn(`${webhookIdOf(webhookUuid)} is signed for without its previous secret: ${reason}`);
      return [];
    }
  }
}
