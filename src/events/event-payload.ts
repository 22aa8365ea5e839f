import { DomainError } from '../common/domain-error.js';
import { newEventId } from '../common/ids.js';
import { withoutWhiteSpace } from '../common/json-members.js';
import { timeOf } from '../common/timestamp.js';
import type { NewEvent } from '../queue/outbox.types.js';
import { text } from '../translations/phrase.js';

/** Longest payload, in bytes of UTF-8. Receivers commonly accept this size, and it bounds the memory of a burst. */
export const MAX_PAYLOAD_BYTES = 262_144;

/**
 * Longest event in a request, in bytes. White space may double the length of the payload: it is removed from a payload that
 * would be too long. 64 KiB are for the other fields.
 */
export const MAX_EVENT_BYTES = 2 * MAX_PAYLOAD_BYTES + 65_536;

/** A checked event of a producer. */
export interface PublishedEvent {
  event: string;
  userId: string;
  /** Undefined for an event without an extraction. */
  extractionId?: string | undefined;
  /**
   * The JSON text of an object. It has no member `id` if there is an extraction. It is sent unchanged, or without white space
   * if the payload would be too long.
   */
  data: string;
  /** A timestamp (RFC 3339). Undefined: now. */
  occurredAt?: string | undefined;
}

/**
 * Makes the event to store. Its payload has the form of Standard Webhooks. Every attempt signs and sends this text, byte for
 * byte.
 *
 * @param now milliseconds since 1970
 * @param traceparent the trace in which the event is accepted
 * @throws DomainError `PAYLOAD_TOO_LARGE` over 256 KiB
 */
export function newEventOf(
  { event, userId, extractionId, data, occurredAt }: PublishedEvent,
  now: number,
  traceparent: string | null = null,
): NewEvent {
  const time = (occurredAt === undefined ? undefined : timeOf(occurredAt)) ?? new Date(now);
  const id = extractionId === undefined ? '' : `"id":${JSON.stringify(extractionId)}`;
  const head = `{"type":${JSON.stringify(event)},"timestamp":"${time.toISOString()}","data":{${id}`;
  let payload = payloadOf(head, data);
  if (Buffer.byteLength(payload) > MAX_PAYLOAD_BYTES) payload = payloadOf(head, withoutWhiteSpace(data));
  if (Buffer.byteLength(payload) > MAX_PAYLOAD_BYTES) throw payloadTooLarge();
  return {
    id: newEventId(now),
    type: event,
    userId,
    extractionId: extractionId ?? null,
    payload,
    occurredAt: time,
    traceparent,
  };
}

function payloadOf(head: string, data: string): string {
  const rest = data.slice(1);
  const separator = head.endsWith('{') || /^\s*\}/.test(rest) ? '' : ',';
  return `${head}${separator}${rest}}`;
}

export function payloadTooLarge(): DomainError {
  return new DomainError(
    'PAYLOAD_TOO_LARGE',
    text('The event is larger than {{maxBytes}} bytes.', { maxBytes: MAX_PAYLOAD_BYTES }),
  );
}
