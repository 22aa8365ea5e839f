import type { LeasedDelivery } from '../queue/outbox.types.js';
import { addSignatures } from './signature.js';
import { MASK, type WebhookHeaders } from '../webhooks/webhook-headers.js';
import type { ReceiverAuth } from './receiver-auth.js';
import type { Target } from './target.js';
import { factsOf, type WebhookRequest } from './webhook-facts.js';

interface SigningContext {
  secrets: readonly string[];
  ownerHeaders: WebhookHeaders;
  auth: ReceiverAuth | undefined;
  now: number;
  userAgent: string;
  traceparent: string | undefined;
}

/** The request of one attempt. */
export class SignedRequest implements WebhookRequest {
  readonly webhookId: string;
  readonly userId: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly url: string;
  readonly body: string;
  readonly headers: Record<string, string>;
  readonly auth: ReceiverAuth | undefined;
  /** The headers for the log: those of the owner, and the access token, have masks. */
  readonly loggedHeaders: Record<string, string>;
  /** Private: a replaced sender does not see it, and a copy of the request with another URL does not have it. */
  readonly #target: Target;

  /**
   * @param secrets the webhook's secret or private key and, while a rotation overlaps, the previous one
   * @param ownerHeaders the headers of the owner
   * @param auth the authentication at the receiver. The sender adds its access token
   * @param now milliseconds since 1970
   * @param traceparent the span of the attempt. It is not signed
   */
  constructor(delivery: LeasedDelivery, target: Target, context: SigningContext) {
    const { secrets, ownerHeaders, auth, now, userAgent, traceparent } = context;
    const { id, payload: body, eventType, attempts } = delivery;
    const { webhookId, userId, metadata } = factsOf(delivery);
    const timestamp = Math.floor(now / 1_000);
    this.webhookId = webhookId;
    this.userId = userId;
    this.metadata = metadata;
    this.url = delivery.url;
    this.body = body;
    this.auth = auth;
    this.headers = {
      accept: '*/*',
      // No compressed answers: their size after unpacking is unknown.
      'accept-encoding': 'identity',
      'content-type': 'application/json',
      'user-agent': userAgent,
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
    };
    addSignatures(this.headers, { id, timestamp, body }, secrets, delivery.isEd25519);
    this.headers['x-docmap-event'] = eventType;
    this.headers['x-docmap-delivery'] = id;
    this.headers['x-docmap-attempt'] = String(attempts + 1);
    if (traceparent !== undefined) this.headers.traceparent = traceparent;
    const names = Object.keys(ownerHeaders);
    const hasToken = auth?.type === 'oauth2';
    this.loggedHeaders = names.length === 0 && !hasToken ? this.headers : { ...this.headers };
    if (hasToken) this.loggedHeaders.authorization = MASK;
    for (const name of names) {
      this.headers[name.toLowerCase()] = ownerHeaders[name] ?? '';
      this.loggedHeaders[name.toLowerCase()] = MASK;
    }
    this.#target = target;
  }

  /** The target of a request, if the service has made the request. */
  static targetOf(request: WebhookRequest): Target | undefined {
    return #target in request ? request.#target : undefined;
  }
}
