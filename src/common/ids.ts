import { hash, randomBytes, randomUUID } from 'node:crypto';

const WEBHOOK_ID = /^webhook-([0-9a-f]{32})$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether the text is a uuid as PostgreSQL takes it. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** What identifies a new webhook: 128 random bits in the form of a uuid. See {@link webhookIdOf} for the public form. */
export function newWebhookUuid(): string {
  // randomUUID() fixes 6 of its bits, and the API promises 128 random ones.
  const hex = randomBytes(16).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The id of a webhook as the API shows it: `webhook-` and 32 hex digits. */
export function webhookIdOf(uuid: string): string {
  return `webhook-${uuid.replaceAll('-', '')}`;
}

/** The uuid behind a webhook's public id, or undefined where the text can't be one. */
export function webhookUuidOf(id: string): string | undefined {
  const hex = WEBHOOK_ID.exec(id)?.[1];
  return hex?.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/**
 * A uuid of version 7 (RFC 9562): its first 48 bits are the time, so ids of one table sort by time and new rows
 * go to the end of the index.
 *
 * @param time milliseconds since 1970
 */
export function uuidV7(time: number): string {
  return timePart(time) + '7' + randomUUID().slice(15);
}

/**
 * The id of the delivery of an event to a webhook, which is the message id that receivers get: the SHA-256 of both ids, in
 * the form of a uuid of version 8 (RFC 9562, 5.8). So whoever stores an event knows it without being told, it is the same
 * whenever the event is queued for the webhook, and it tells nothing of either.
 *
 * SQL says the same in `deliveryId` of `queue/statement-parts.ts`.
 */
export function deliveryIdOf(eventId: string, webhookUuid: string): string {
  const digest = hash('sha256', eventId + webhookUuid, 'hex');
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-8${digest.slice(13, 16)}-a${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
}

/** The smallest uuid of version 7 of a millisecond: where a window of time begins in an ordered index. */
export function uuidV7Floor(time: number): string {
  return `${timePart(time)}0000-0000-000000000000`;
}

/** The last time that was written, since hundreds of ids are made in a busy millisecond, and what was written. */
let lastTime = 0;
let lastTimePart = '00000000-0000-';

function timePart(time: number): string {
  const milliseconds = Math.max(0, Math.floor(time));
  if (milliseconds !== lastTime) {
    const hex = milliseconds.toString(16).padStart(12, '0');
    lastTime = milliseconds;
    lastTimePart = `${hex.slice(0, 8)}-${hex.slice(8)}-`;
  }
  return lastTimePart;
}
