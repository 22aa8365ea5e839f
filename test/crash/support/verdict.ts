import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { JournalEntry } from './journal.js';
import type { Promised } from './producer.js';
import { isGenuine, isGenuineByLibrary } from './signatures.js';
import type { AttemptRow, DeliveryRow, Snapshot } from './snapshot.js';
import type { Violations } from './violations.js';

/** A webhook on the journal. */
export interface Subscription {
  uuid: string;
  /** The path of its URL, which identifies its requests. */
  path: string;
  secret: string;
  /** Whether it gets the events of an extraction in order. */
  isOrdered?: boolean;
  /** The time of the answer to the deletion, in milliseconds since 1970. */
  deletedAt?: number;
  /** Whether the test has made its deliveries impossible. */
  undeliverable?: boolean;
}

/** The figures of a run. */
export interface Tally {
  /** Events that were promised by 202, or by a transaction that was committed. */
  accepted: number;
  /** Deliveries that the receiver got. */
  delivered: number;
  /** Deliveries of promised events that the receiver never got, though their webhooks still exist. */
  lost: number;
  /** Failed attempts in the log, each followed by another one. */
  failed: number;
  /** Requests without a record in the log, which were therefore repeated. */
  repeats: number;
}

export interface Evidence {
  snapshot: Snapshot;
  entries: JournalEntry[];
  webhooks: Subscription[];
  promised: Promised;
}

/** The public library checks one of this many requests as well. */
const LIBRARY_SAMPLE = 20;
/** Requests that are checked at a time. Receivers of other faults answer in the same process and must not stall. */
const CHECKED_AT_A_TIME = 50;

/** Joins the knowledge of the receiver, the database and the producers, and notes contradictions. */
export async function examine(
  { snapshot, entries, webhooks, promised }: Evidence,
  violations: Violations,
): Promise<Tally> {
  const requests = groupBy(entries, ({ headers }) => String(headers['webhook-id']));
  const attempts = groupBy(snapshot.attempts, ({ deliveryId }) => deliveryId);
  const deliveries = new Map(snapshot.deliveries.map((delivery) => [delivery.id, delivery]));
  const byUuid = new Map(webhooks.map((webhook) => [webhook.uuid, webhook]));

  checkPromises(promised, snapshot, violations);
  for (const id of attempts.keys()) violations.unless(deliveries.has(id), 'an attempt of no delivery', id);
  for (const [index, entry] of entries.entries()) {
    if (index % CHECKED_AT_A_TIME === 0) await turnOfTheLoop();
    const delivery = deliveries.get(String(entry.headers['webhook-id']));
    const webhook = byUuid.get(delivery?.webhookUuid ?? '');
    if (delivery && webhook) checkRequest(entry, delivery, webhook, index % LIBRARY_SAMPLE === 0, violations);
    else violations.add('a request for what was never committed', entry.body.slice(0, 200));
  }
  for (const webhook of webhooks) if (webhook.isOrdered) checkOrder(entries, webhook, violations);
  let lost = 0;
  let repeats = 0;
  for (const delivery of snapshot.deliveries) {
    const webhook = byUuid.get(delivery.webhookUuid);
    const sent = requests.get(delivery.id) ?? [];
    const recorded = attempts.get(delivery.id) ?? [];
    checkDelivery(delivery, webhook, sent, recorded, violations);
    if (isOwed(webhook) && !sent.some(succeeded)) lost += 1;
    repeats += Math.max(0, sent.length - recorded.length);
  }
  violations.unless(lost === 0, 'deliveries are lost', String(lost));
  const failed = snapshot.attempts.filter(({ status }) => status === 'failed').length;
  return { accepted: promised.size, delivered: requests.size, lost, failed, repeats };
}

/** Every promised event is stored, with a delivery for each webhook that the answer counted. */
function checkPromises(promised: Promised, { events, deliveries }: Snapshot, violations: Violations): void {
  const counts = new Map(events.map(({ id, deliveries: count }) => [id, count]));
  const rows = groupBy(deliveries, ({ eventId }) => eventId);
  for (const [id, count] of promised) violations.unless(counts.get(id) === count, 'an accepted event is gone', id);
  for (const [id, count] of counts) {
    violations.unless((rows.get(id)?.length ?? 0) === count, 'an event lacks deliveries', id);
  }
}

function checkRequest(
  entry: JournalEntry,
  delivery: DeliveryRow,
  { path, secret, deletedAt = Infinity }: Subscription,
  byLibrary: boolean,
  violations: Violations,
): void {
  violations.unless(entry.path === path, 'a request to another webhook', delivery.id);
  violations.unless(entry.body === delivery.payload, 'a request with another body', delivery.id);
  violations.unless(isGenuine(entry, secret), 'a signature that does not verify', delivery.id);
  if (byLibrary) violations.unless(isGenuineByLibrary(entry, secret), 'a signature the library refuses', delivery.id);
  violations.unless(entry.at <= deletedAt, 'a request after the deletion was answered', delivery.id);
}

/** No event of an extraction comes after a later one. */
function checkOrder(entries: JournalEntry[], { path }: Subscription, violations: Violations): void {
  const last = new Map<string, number>();
  for (const { path: to, body } of entries) {
    if (to !== path) continue;
    const { data } = JSON.parse(body) as { data: { id: string; place: number } };
    const before = last.get(data.id) ?? -1;
    violations.unless(data.place >= before, 'an event after a later one', `${data.id}: ${data.place} after ${before}`);
    last.set(data.id, Math.max(before, data.place));
  }
}

function checkDelivery(
  { id, state, attempts }: DeliveryRow,
  webhook: Subscription | undefined,
  sent: JournalEntry[],
  recorded: AttemptRow[],
  violations: Violations,
): void {
  const successes = recorded.filter(({ status }) => status === 'success').length;
  violations.unless(attempts === recorded.length, 'a delivery whose attempts are not all in the log', id);
  violations.unless(successes <= 1, 'a delivery recorded twice', id);
  violations.unless(webhook !== undefined, 'a delivery for an unknown webhook', id);
  if (isOwed(webhook)) violations.unless(state === 'succeeded', `a delivery that is ${state} in the end`, id);
  if (state === 'succeeded') {
    violations.unless(successes === 1, 'a delivery that succeeded without a record', id);
    violations.unless(sent.some(succeeded), 'a delivery that succeeded and was never received', id);
  }
}

/** Whether each delivery for it must arrive. */
function isOwed(webhook: Subscription | undefined): boolean {
  return webhook !== undefined && webhook.deletedAt === undefined && webhook.undeliverable !== true;
}

function succeeded({ status }: JournalEntry): boolean {
  return status !== null && status >= 200 && status < 300;
}

function groupBy<Item>(items: Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}
