import { DomainError } from '../common/domain-error.js';
import { uuidV7 } from '../common/ids.js';
import { withoutWhiteSpace } from '../common/json-members.js';
import { timeOf } from '../common/timestamp.js';
import type { NewEvent } from '../queue/outbox.js';

/** Longest payload, in bytes of UTF-8: what receivers commonly take, and what a burst of them may cost in memory. */
export const MAX_PAYLOAD_BYTES = 262_144;

/**
 * Longest event as it is published, in bytes. White space, which is left out of a payload that is too long with it, may
 * make it twice as long as its payload. The rest is for the other fields.
 */
export const MAX_EVENT_BYTES = 2 * MAX_PAYLOAD_BYTES + 65_536;

/** An event that was reported, checked. */
export interface ReportedEvent {
  event: string;
  userId: string;
  /** Undefined for an event that is not about an extraction. */
  extractionId?: string | undefined;
  /** The JSON text of an object without a member `id`. It is sent as it is, or without white space if it is too long. */
  data: string;
  /** A timestamp; undefined for now. */
  occurredAt?: string | undefined;
}

/**
 * Makes the event that is stored. Its payload has the form of Standard Webhooks and is made once: this text is what is
 * signed and sent, byte for byte, at every attempt.
 *
 * @param now milliseconds since 1970
 * @throws DomainError `PAYLOAD_TOO_LARGE` over 256 KiB
 */
export function newEventOf({ event, userId, extractionId, data, occurredAt }: ReportedEvent, now: number): NewEvent {
  const time = (occurredAt === undefined ? undefined : timeOf(occurredAt)) ?? new Date(now);
  const id = extractionId === undefined ? '' : `"id":${JSON.stringify(extractionId)}`;
  const head = `{"type":${JSON.stringify(event)},"timestamp":"${time.toISOString()}","data":{${id}`;
  let payload = payloadOf(head, data);
  if (Buffer.byteLength(payload) > MAX_PAYLOAD_BYTES) payload = payloadOf(head, withoutWhiteSpace(data));
  if (Buffer.byteLength(payload) > MAX_PAYLOAD_BYTES) throw payloadTooLarge();
  return { id: uuidV7(now), type: event, userId, extractionId: extractionId ?? null, payload, occurredAt: time };
}

function payloadOf(head: string, data: string): string {
  const rest = data.slice(1);
  const separator = head.endsWith('{') || /^\s*\}/.test(rest) ? '' : ',';
  return `${head}${separator}${rest}}`;
}

export function payloadTooLarge(): DomainError {
  return new DomainError('PAYLOAD_TOO_LARGE', `The event is larger than ${MAX_PAYLOAD_BYTES} bytes.`);
}
