import type { DeliveryTrigger } from '../generated/prisma/client.js';
import type { WebhookDisabled } from '../webhooks/life-cycle.events.js';
import type { WebhookMetadata } from '../webhooks/webhook-metadata.js';
import type { AttemptOutcome } from './attempt-outcome.js';
import type { Settlement } from './delivery-state.js';

/** An event that is about to be stored. */
export interface NewEvent {
  /** A uuid of version 7. */
  id: string;
  type: string;
  userId: string;
  /** Null for an event that is not about an extraction. */
  extractionId: string | null;
  /** The exact text that is sent and signed. */
  payload: string;
  occurredAt: Date;
}

/** Events that are stored together or not at all. */
export interface NewRequest {
  events: NewEvent[];
  /** Without it, a repetition of the request is stored once more. */
  idempotency?: Idempotency | undefined;
}

/** Names a request, so that its repetition does nothing. */
export interface Idempotency {
  publisherId: string;
  key: string;
  /** SHA-256 of the request's meaning, in hex. */
  requestHash: string;
}

/** What was stored. */
export interface Enqueued {
  /**
   * For each request its events in their order, or null when its idempotency key was used before: nothing of it was
   * stored then.
   */
  requests: (AcceptedEvent[] | null)[];
  /** The webhooks that have something due now, beyond what was leased. */
  webhooks: string[];
  /** The deliveries that were leased to this process. */
  leased: LeasedDeliveries;
}

export interface AcceptedEvent {
  deliveries: number;
  createdAt: Date;
}

/** A delivery under our lease, with all that sending it takes. */
export interface ClaimedDelivery {
  id: string;
  leaseToken: string;
  eventId: string;
  eventType: string;
  userId: string;
  /** Null for an event that is not about an extraction. */
  extractionId: string | null;
  payload: string;
  webhookUuid: string;
  url: string;
  secret: Uint8Array;
  /** Null outside of a rotation's overlap. */
  previousSecret: Uint8Array | null;
  throttleCount: number;
  /** Of the webhook. */
  metadata: WebhookMetadata;
  trigger: DeliveryTrigger;
  /** Attempts made before this one. */
  attempts: number;
  /** Attempts made since the retry schedule was last begun. */
  scheduleStep: number;
}

/** A lease, and how many deliveries may be leased under it. */
export interface LeaseRequest {
  /** How many deliveries at most of each webhook. */
  demand: ReadonlyMap<string, number>;
  /** The same for webhooks that `demand` does not name. */
  defaultDemand: number;
  leaseMs: number;
  leaseToken: string;
}

export interface ClaimRequest extends LeaseRequest {
  /**
   * Where to look: at these webhooks in this order, or, for a scan, at all that have pending deliveries, after the one at
   * which the last claim ended.
   */
  from: { webhooks: readonly string[] } | { cursor: string };
  /** How many deliveries at most. */
  limit: number;
  /** How many bytes of payloads at most, though always one delivery. */
  maxBytes: number;
}

export interface LeasedDeliveries {
  deliveries: ClaimedDelivery[];
  /** The database's time, in milliseconds since 1970. */
  now: number;
}

export interface Claim extends LeasedDeliveries {
  /** Where the next claim of a scan begins; {@link FIRST_WEBHOOK} when the last webhook was reached. */
  cursor: string;
  /**
   * The webhooks of which a limit was hit: their own, or that of the claim. More of their deliveries may be due. A scan
   * looks at those after its cursor later.
   */
  limited: ReadonlySet<string>;
}

/** An attempt that was made, and what follows from it. */
export interface SettledAttempt {
  /** A uuid of version 7, made from `createdAt`. */
  id: string;
  delivery: ClaimedDelivery;
  /** When the attempt was made. */
  createdAt: Date;
  requestHeaders: Record<string, string>;
  outcome: AttemptOutcome;
  settlement: Settlement;
}

/** What came of recording attempts. */
export interface Settled {
  /** The ids of the attempts refused, since their deliveries' leases had been lost to other claims. */
  refused: Set<string>;
  /** The webhooks that were paused or disabled. Every process is notified of them. */
  stopped: StoppedWebhook[];
}

/** A webhook that an attempt has paused or disabled. */
export interface StoppedWebhook {
  webhookUuid: string;
  /** How often in a row it has failed, where the circuit breaker opened because of that; otherwise null. */
  failures: number | null;
  /** Null if it is only paused. */
  disabled: WebhookDisabled | null;
}

/** Names the one webhook an event is for, and why it is sent. */
interface OnlyWebhook {
  webhookUuid: string;
  trigger: DeliveryTrigger;
}

export interface EnqueueOptions {
  /** Queues for this one webhook instead, subscribed or not. */
  only?: OnlyWebhook;
  /**
   * The schema of our tables, where the statement runs in a transaction of the host: its session has another search path, and
   * this process hears of the commit only by the notification.
   */
  hostSchema?: string | undefined;
  /** Leases deliveries as they are stored, which saves a claim. */
  lease?: LeaseRequest | undefined;
}

/** Below every webhook's id. */
export const FIRST_WEBHOOK = '00000000-0000-0000-0000-000000000000';

/** How many webhooks one claim looks at, which bounds its cost when most of them have nothing due. */
export const WEBHOOKS_PER_CLAIM = 256;
