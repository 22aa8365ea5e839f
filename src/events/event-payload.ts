import { DomainError } from '../common/domain-error.js';
import { uuidV7 } from '../common/ids.js';
import type { NewEvent } from '../deliveries/outbox.js';

/** Longest payload, in bytes of UTF-8: what receivers commonly take, and what a burst of them may cost in memory. */
export const MAX_PAYLOAD_BYTES = 262_144;

/** An event as it was reported. */
export interface ReportedEvent {
  event: string;
  userId: string;
  extractionId: string;
  data: Record<string, unknown>;
  occurredAt?: Date | string | undefined;
}

/**
 * Makes the event that is stored, its payload serialized once in the form of Standard Webhooks: this text is what is
 * signed and sent, byte for byte, at every attempt.
 *
 * @throws DomainError `VALIDATION_ERROR` for data that is no JSON or has another `id`, `PAYLOAD_TOO_LARGE` over 256 KiB
 */
export function newEventOf({ event, userId, extractionId, data, occurredAt }: ReportedEvent, now: number): NewEvent {
  if ('id' in data && data.id !== extractionId) {
    throw new DomainError('VALIDATION_ERROR', 'data.id is set by us to the extractionId: leave it out');
  }
  const time = occurredAt === undefined ? new Date(now) : new Date(occurredAt);
  if (Number.isNaN(time.getTime())) throw new DomainError('VALIDATION_ERROR', 'occurredAt must be a valid time');
  const payload = serialize({ type: event, timestamp: time.toISOString(), data: { id: extractionId, ...data } });
  if (Buffer.byteLength(payload) > MAX_PAYLOAD_BYTES) {
    throw new DomainError('PAYLOAD_TOO_LARGE', `The event is larger than ${MAX_PAYLOAD_BYTES} bytes.`);
  }
  return { id: uuidV7(now), type: event, userId, extractionId, payload, occurredAt: time };
}

/** JSON.stringify writes NUL and lone surrogates as escapes, so the text is always one PostgreSQL can store. */
function serialize(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    throw new DomainError('VALIDATION_ERROR', 'data must be something JSON can say', { cause: error });
  }
}
