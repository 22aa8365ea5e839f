import type { DeliveryTrigger } from '../generated/prisma/client.js';
import type { WebhookDisabled } from '../webhooks/life-cycle.events.js';
import type { SealedAuth } from '../webhooks/sealed-auth.js';
import type { SealedHeaders } from '../webhooks/sealed-headers.js';
import type { WebhookMetadata } from '../webhooks/webhook-metadata.js';
import type { AttemptOutcome } from './attempt-outcome.js';
import type { Settlement } from './settlement.js';

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
  /** The span that accepted the event, or its caller's (`common/traceparent.ts`). Null without a trace. */
  traceparent: string | null;
}

/** The events that one publisher stores together or not at all. */
export interface PublishRequest {
  events: NewEvent[];
  /** Without a key, a repeated request is stored again. */
  idempotency?: Idempotency | undefined;
}

/** The key of a request. A repeated request with the same key stores nothing. */
export interface Idempotency {
  publisherId: string;
  key: string;
  /** SHA-256 of the request's meaning, in hex. */
  requestHash: string;
}

/** The stored events and their deliveries. */
export interface Enqueued {
  /** The events of each request, in their order. Null if its idempotency key was used before: nothing was stored. */
  accepted: (AcceptedEvent[] | null)[];
  /** The webhooks with due deliveries that were not leased. */
  webhooks: string[];
  /** The deliveries that were leased to this process. */
  leased: LeasedDeliveries;
}

/** An event that was stored. Its place in {@link Enqueued.accepted} tells which one it is. */
export interface AcceptedEvent {
  /** The number of its deliveries. */
  deliveries: number;
  createdAt: Date;
}

/**
 * A delivery under a lease of this process, by a claim or by the fast path, with all data that sending needs. The library
 * exports it as `ClaimedDelivery`.
 */
export interface LeasedDelivery {
  id: string;
  leaseToken: string;
  eventId: string;
  eventType: string;
  userId: string;
  /** Null for an event that is not about an extraction. */
  extractionId: string | null;
  payload: string;
  /** Of the event. Null without a trace. */
  traceparent: string | null;
  webhookUuid: string;
  url: string;
  /** The encrypted HMAC secret or Ed25519 private key. */
  secret: Uint8Array;
  /** Whether requests are signed with Ed25519, otherwise with HMAC. */
  isEd25519: boolean;
  /** Null outside of a rotation's overlap. */
  previousSecret: Uint8Array | null;
  throttleCount: number;
  /** Of the webhook. */
  metadata: WebhookMetadata;
  /** Whether the webhook gets the events of an extraction in order. */
  isOrdered: boolean;
  /** The permit under the rate limit of the webhook. Null without a limit. */
  permit: Permit | null;
  /** The encrypted headers that the owner adds. Null if there are none. */
  headers: SealedHeaders | null;
  /** The encrypted authentication at the receiver. Null if there is none. */
  auth: SealedAuth | null;
  /** The webhook's time limit of an attempt, in milliseconds. Null: that of the service. */
  timeoutMs: number | null;
  /** The webhook's delays before attempts, in the form of RETRY_SCHEDULE. Null: those of the service. */
  retrySchedule: readonly string[] | null;
  trigger: DeliveryTrigger;
  /** Attempts made before this one. */
  attempts: number;
  /** Attempts made since the last start of the retry schedule. */
  scheduleStep: number;
}

/** The time in which an attempt may start under a rate limit. The times are those of the database, in milliseconds since 1970. */
export interface Permit {
  from: number;
  to: number;
}

/** A lease, and the number of deliveries that may be leased under it. */
export interface LeaseRequest {
  /** The maximum number of deliveries of each webhook. */
  demand: ReadonlyMap<string, number>;
  /** The maximum for each webhook that `demand` does not name. */
  defaultDemand: number;
  leaseMs: number;
  leaseToken: string;
}

export interface ClaimRequest extends LeaseRequest {
  /**
   * The webhooks to claim from, in this order. For a scan: all webhooks with pending deliveries, after the cursor of the last
   * claim.
   */
  from: { webhooks: readonly string[] } | { cursor: string };
  /** The maximum number of deliveries. */
  limit: number;
  /** The maximum sum of payloads, in bytes. One delivery is always allowed. */
  maxBytes: number;
}

export interface LeasedDeliveries {
  deliveries: LeasedDelivery[];
  /** The database's time, in milliseconds since 1970. */
  now: number;
}

export interface Claim extends LeasedDeliveries {
  /** The next claim of a scan begins after this webhook. {@link FIRST_WEBHOOK} when the scan reached the last webhook. */
  cursor: string;
  /**
   * The webhooks that hit a limit: their own, or the limit of the claim. More of their deliveries may be due. Webhooks after
   * the cursor are not listed: the scan claims from them later.
   */
  limited: ReadonlySet<string>;
  /** The webhooks whose rate limit allowed no more deliveries, each with the milliseconds until the next claim is useful. */
  rateLimited: ReadonlyMap<string, number>;
}

/**
 * An attempt with its outcome and its settlement. `AttemptMaker` makes it, and `Completer` then records it. The name is public, and
 * true for the application: it gets only recorded attempts.
 */
export interface SettledAttempt {
  /** A uuid of version 7, made from `createdAt`. */
  id: string;
  delivery: LeasedDelivery;
  /** When the attempt was made. */
  createdAt: Date;
  requestHeaders: Record<string, string>;
  outcome: AttemptOutcome;
  settlement: Settlement;
}

/** The result of settling attempts. */
export interface SettleResult {
  /** The ids of refused attempts: other claims had leased their deliveries. */
  refused: Set<string>;
  /** The webhooks that were paused or disabled. Every process is notified of them. */
  stopped: StoppedWebhook[];
}

/** A webhook that an attempt has paused or disabled. */
export interface StoppedWebhook {
  webhookUuid: string;
  /** The number of failures in a row if they tripped the circuit breaker, otherwise null. */
  failures: number | null;
  /** Null if it is only paused. */
  disabled: WebhookDisabled | null;
}

/** The only webhook that gets an event, and the trigger. */
interface OnlyWebhook {
  webhookUuid: string;
  trigger: DeliveryTrigger;
}

export interface EnqueueOptions {
  /** Queues for this webhook only, subscribed or not. */
  only?: OnlyWebhook;
  /**
   * The schema of the service's tables, if the statement runs in a transaction of the host: its session has another search
   * path. This process learns of the commit only through the notification.
   */
  hostSchema?: string | undefined;
  /** Whether the commit notifies streams. Only with `hostSchema`: other commits are announced afterwards. */
  announces?: boolean;
  /** Leases deliveries when they are stored, which saves a claim. */
  lease?: LeaseRequest | undefined;
}

/** The result of a change of a backlog. */
export interface BacklogChange {
  /** The number of deliveries that were changed. */
  changed: number;
  /** Whether the time was over before all deliveries were changed. */
  hasMore: boolean;
}

/** Some events of a recovery. */
export interface RecoverySelection {
  webhookUuid: string;
  /** Events of the webhook's user. */
  eventIds: readonly string[];
  /** Names and patterns of types: other events are left out. Empty: all types. */
  events: readonly string[];
  /** Extractions: events about others are left out. Empty: all events. */
  extractionIds: readonly string[];
  /** `missed`: events without a delivery, or with an exhausted or cancelled one. `all`: also events that were delivered. */
  include: 'missed' | 'all';
}

export interface CountSelectedRow {
  events: number;
  /** The ids of the first and the last of these events. Null without events. */
  oldest: string | null;
  newest: string | null;
}
