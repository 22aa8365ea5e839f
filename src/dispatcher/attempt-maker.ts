import { Injectable, Logger } from '@nestjs/common';
import { uuidV7 } from '../common/ids.js';
import { AppConfig } from '../config/app-config.js';
import type { AttemptOutcome } from '../queue/attempt-outcome.js';
import { CANCELLED, settlementOf } from '../queue/settlement.js';
import { AUTH_ERRORS } from '../queue/outcome-class.js';
import type { LeasedDelivery, SettledAttempt } from '../queue/outbox.types.js';
import { headerOf, Tracing } from '../runtime/tracing.js';
import { usesHttps } from '../targets/target-url.js';
import { endAttemptSpan, startAttemptSpan } from './attempt-span.js';
import type { BufferedDelivery } from './buffered-delivery.js';
import { NotReadyError } from './not-ready.error.js';
import { delaysOf } from '../webhooks/webhook-timing.js';
import { ListedRetrySchedule, RetrySchedule } from './retry-schedule.js';
import { SignedRequest } from './signed-request.js';
import { SigningSecrets } from './signing-secrets.js';
import type { Target } from './target.js';
import { WebhookDeletedError } from './target-errors.js';
import { userAgent } from './user-agent.js';
import { factsOf } from './webhook-facts.js';
import { WebhookSender } from './webhook-sender.js';

const UNREADABLE_SECRET = 'the signing secret could not be read';
const UNREADABLE_HEADERS = 'the headers could not be read';
const UNREADABLE_AUTH = 'the authentication could not be read';
/** A year. */
const MAX_RETRY_DELAY_MS = 31_536_000_000;
/** The error of a webhook that was registered before `WEBHOOK_REQUIRE_HTTPS` was set. */
const UNENCRYPTED = 'target must use HTTPS';

/** Signs and sends a delivery once, and decides its next state. */
@Injectable()
export class AttemptMaker {
  private readonly logger = new Logger(AttemptMaker.name);
  private readonly userAgent: string;
  private readonly requireHttps: boolean;
  /** Applies if the retry schedule of the application fails. */
  private readonly listed: ListedRetrySchedule;

  constructor(
    private readonly sender: WebhookSender,
    private readonly secrets: SigningSecrets,
    private readonly schedule: RetrySchedule,
    private readonly tracing: Tracing,
    config: AppConfig,
  ) {
    this.listed = new ListedRetrySchedule(config.retrySchedule);
    this.userAgent = userAgent(config.webhookContact);
    this.requireHttps = config.requireHttps;
  }

  /**
   * Makes one attempt. Every response of the receiver is an outcome.
   *
   * @param signal ends the attempt. Its reason is the error of the attempt
   * @throws NotReadyError before the request is sent
   * @throws LocalShortageError if this machine is out of file descriptors, buffers or memory
   * @throws Error if a replaced sender throws
   */
  async make({ delivery, target, arrival: { clock } }: BufferedDelivery, signal: AbortSignal): Promise<SettledAttempt> {
    const startedAt = clock();
    // Checked here and not in the sender: the check applies to replaced senders, too.
    const refusal = this.requireHttps ? unencryptedPartOf(delivery) : undefined;
    // A span that is not ended is not exported. Without an outcome, no attempt was made.
    const span = this.tracing.isOn ? startAttemptSpan(this.tracing, delivery) : undefined;
    const traceparent = span && headerOf(span);
    const request = refusal ?? this.requestOf(delivery, target, startedAt, traceparent);
    const outcome = await (typeof request === 'string' ? failedUnsent(request) : this.sender.send(request, signal));
    if (span) endAttemptSpan(span, outcome);
    const isDeleted = outcome.error !== null && signal.reason instanceof WebhookDeletedError;
    const mayRetry = outcome.error !== null && !isDeleted;
    const retryDelayMs = mayRetry ? this.retryDelayOf(delivery, outcome) : undefined;
    return {
      id: uuidV7(startedAt),
      delivery,
      createdAt: new Date(startedAt),
      requestHeaders: typeof request === 'string' ? {} : request.loggedHeaders,
      outcome,
      settlement: isDeleted ? CANCELLED : settlementOf(outcome, retryDelayMs, delivery.throttleCount, clock()),
    };
  }

  /** The signed request, or the error of the attempt if its secret, the headers of its owner or its authentication can't be read. */
  private requestOf(
    delivery: LeasedDelivery,
    target: Target,
    now: number,
    traceparent: string | undefined,
  ): SignedRequest | string {
    let fault = UNREADABLE_HEADERS;
    try {
      const ownerHeaders = this.secrets.headersOf(delivery);
      fault = UNREADABLE_AUTH;
      const auth = this.secrets.authOf(delivery);
      fault = UNREADABLE_SECRET;
      const secrets = this.secrets.of(delivery);
      return new SignedRequest(delivery, target, {
        secrets,
        ownerHeaders,
        auth,
        now,
        userAgent: this.userAgent,
        traceparent,
      });
    } catch (error) {
      if (error instanceof NotReadyError) throw error;
      this.logger.error(`Delivery ${delivery.id} can't be signed: ${fault}: ${(error as Error).message}`);
      return fault;
    }
  }

  /** The delay before the next attempt. The webhook's own schedule has priority over that of the service. Called only if the delivery may be tried again. */
  private retryDelayOf(delivery: LeasedDelivery, outcome: AttemptOutcome): number | undefined {
    const attemptsMade = delivery.scheduleStep + 1;
    if (delivery.retrySchedule)
      return new ListedRetrySchedule(delaysOf(delivery.retrySchedule)).delayAfter(attemptsMade);
    try {
      const context = { ...factsOf(delivery), event: delivery.eventType, outcome };
      const delayMs = this.schedule.delayAfter(attemptsMade, context);
      if (delayMs === undefined || (delayMs >= 0 && delayMs <= MAX_RETRY_DELAY_MS)) return delayMs;
      throw new RangeError(`it gave ${String(delayMs)} instead of milliseconds`);
    } catch (error) {
      // The request is sent. Without a record of the attempt, the delivery would be sent again without end.
      this.logger.error(
        `The retry schedule failed, so the delays of RETRY_SCHEDULE apply to delivery ${delivery.id}: ${(error as Error).message}`,
      );
      return this.listed.delayAfter(attemptsMade);
    }
  }
}

/** The error of an attempt that would send without TLS. The rule may be newer than the webhook. */
function unencryptedPartOf({ url, auth }: LeasedDelivery): string | undefined {
  if (!usesHttps(url)) return UNENCRYPTED;
  const settings = auth?.settings;
  return settings?.type === 'oauth2' && !usesHttps(settings.tokenUrl) ? AUTH_ERRORS.unencrypted : undefined;
}

/** The outcome of an attempt that fails before its request is sent. It is settled like others. */
function failedUnsent(error: string): AttemptOutcome {
  return { response: null, error, durationMs: 0 };
}
