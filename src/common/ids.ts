import { hash, randomBytes, randomUUID } from 'node:crypto';

const WEBHOOK_ID = /^webhook-([0-9a-f]{32})$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether PostgreSQL accepts the text as a uuid in its standard form. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** Makes the id of a new webhook: 128 random bits in the form of a uuid. {@link webhookIdOf} has the public form. */
export function newWebhookUuid(): string {
  // randomUUID() has only 122 random bits; the API promises 128.
  const hex = randomBytes(16).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The public form of a webhook's id: `webhook-` and 32 hex digits. */
export function webhookIdOf(uuid: string): string {
  return `webhook-${uuid.replaceAll('-', '')}`;
}

/** Reads the uuid from the public id of a webhook. Undefined for a text in another form. */
export function webhookUuidOf(id: string): string | undefined {
  const hex = WEBHOOK_ID.exec(id)?.[1];
  return hex?.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/**
 * Makes a uuid of version 7 (RFC 9562). The first 48 bits are the time. Ids of one table therefore sort by time, and new
 * rows go to the end of the index.
 *
 * @param time milliseconds since 1970
 */
export function uuidV7(time: number): string {
  return timePart(time) + '7' + randomUUID().slice(15);
}

/** The time and the number of the last event id. */
let lastEvent = { time: -1, number: 0 };
const LAST_NUMBER = 0xfff;
/** Numbers of a millisecond begin below this: at random, because ids must not reveal the next one. */
const BEGIN_BELOW = 0xf00;
/** Ids may be this far ahead of the time in milliseconds. A clock that was set back further begins again. */
const AHEAD_MS = 100;

/**
 * Makes the id of an event: a uuid of version 7. Ids that this process makes in the same millisecond ascend, too, because events of a
 * batch have the same time and must keep their order. The 12 bits `rand_a` are a counter (RFC 9562, section 6.2, method 1).
 *
 * @param time milliseconds since 1970
 */
export function newEventId(time: number): string {
  const random = randomUUID();
  const begin = Number.parseInt(random.slice(15, 18), 16) % BEGIN_BELOW;
  const { time: last, number } = lastEvent;
  if (time > last || time < last - AHEAD_MS) lastEvent = { time, number: begin };
  else lastEvent = number < LAST_NUMBER ? { time: last, number: number + 1 } : { time: last + 1, number: begin };
  return `${timePart(lastEvent.time)}7${lastEvent.number.toString(16).padStart(3, '0')}${random.slice(18)}`;
}

/**
 * The id of the delivery of an event to a webhook. Receivers get it as the message id.
 *
 * It is the SHA-256 of both ids in the form of a uuid of version 8 (RFC 9562, section 5.8). Its first 48 bits are the time of
 * the event. Every process computes the same id for the same event and webhook, without a query. The ids of event and
 * webhook can't be derived from it. Its time puts new deliveries at the end of an index.
 *
 * SQL says the same in `deliveryId` of `queue/statement-parts.ts`.
 */
export function deliveryIdOf(eventId: string, webhookUuid: string): string {
  const digest = hash('sha256', eventId + webhookUuid, 'hex');
  return `${eventId.slice(0, 14)}8${digest.slice(13, 16)}-a${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
}

/** The smallest uuid of version 7 of a millisecond: the lower bound of a time range in an ordered index. */
export function uuidV7Floor(time: number): string {
  return `${timePart(time)}0000-0000-000000000000`;
}

/** The time of a uuid of version 7, or of a delivery's id, in milliseconds since 1970. */
export function timeOfUuidV7(uuid: string): number {
  return Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16);
}

/** Cache of the last time and its text: a busy process makes hundreds of ids per millisecond. */
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
