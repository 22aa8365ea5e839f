import { uuidV7Floor } from '../common/ids.js';
import { Prisma, type DeliveryAttempt } from '../generated/prisma/client.js';
import { CODES_OF_STATUS, CODES_PER_CLASS, codesOfClass, UNKNOWN_OUTCOME } from '../queue/outcome-code.js';
import type { ErrorClass } from '../queue/outcome-class.js';

/** The attempts to list. An undefined field does not narrow the list. */
export interface AttemptFilter {
  userId: string;
  webhookUuid?: string | undefined;
  status?: 'success' | 'failed' | undefined;
  /** The lowest and the highest HTTP status. Zero: no response. */
  httpStatus?: readonly [number, number] | undefined;
  errorClass?: ErrorClass | undefined;
  event?: string | undefined;
  trigger?: DeliveryAttempt['trigger'] | undefined;
  extractionId?: string | undefined;
  deliveryId?: string | undefined;
  since?: Date | undefined;
  until?: Date | undefined;
  /** Only attempts older than this one. */
  before?: string | undefined;
}

/** An attempt without its request and its response. */
export type ListedAttempt = Omit<
  DeliveryAttempt,
  'outcome' | 'requestHeaders' | 'responseHeaders' | 'responseBody' | 'responseTruncated'
>;

const LISTED = Prisma.sql`id, user_id AS "userId", webhook_id AS "webhookUuid", delivery_id AS "deliveryId",
  event_id AS "eventId", extraction_id AS "extractionId", event, url, status, http_status AS "httpStatus", error,
  duration_ms AS "durationMs", attempt, trigger, next_attempt_at AS "nextAttemptAt", created_at AS "createdAt"`;

/** Higher than every uuid of version 7. */
const LAST_ATTEMPT = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** A range of ids: the first one, and the end, which is not part of it. */
interface Ids {
  first: string;
  end: string;
}

/**
 * Reads the newest attempts that pass the filter.
 *
 * Input: the filter and the most rows. Output: one {@link ListedAttempt} per row, newest first. It takes no locks.
 *
 * Each filter reads a part of an index that has no rows of other users, and few rows that the filter rejects:
 *
 * - A delivery and an extraction have few attempts. The statement reads them, and drops those that other filters reject.
 * - A webhook, an event type, a trigger, a status, an HTTP status or a class of errors selects kinds of attempts. The statement
 *   reads the newest ids of each kind ({@link kindsOf}), and then the newest rows of all.
 * - Without them, it reads the newest rows of the user.
 *
 * The order of ids is the order of time, so a time or a cursor is a bound in each of these indexes.
 */
export function listingOf(filter: AttemptFilter, limit: number): Prisma.Sql {
  const { userId, deliveryId, extractionId, since, until, before } = filter;
  const end = [before ?? LAST_ATTEMPT, until ? uuidV7Floor(until.getTime()) : LAST_ATTEMPT].sort()[0] ?? LAST_ATTEMPT;
  const ids = { first: uuidV7Floor(since?.getTime() ?? 0), end };
  const conditions = conditionsOnRow(filter);
  if (deliveryId !== undefined) {
    const also = extractionId === undefined ? [] : [Prisma.sql`extraction_id = ${extractionId}`];
    const delivery = Prisma.sql`delivery_id = ${deliveryId}::uuid`;
    return ofFew(delivery, [Prisma.sql`user_id = ${userId}`, ...also, ...conditions], ids, limit);
  }
  if (extractionId !== undefined && conditions.length > 0) {
    return ofFew(Prisma.sql`user_id = ${userId} AND extraction_id = ${extractionId}`, conditions, ids, limit);
  }
  if (extractionId !== undefined) {
    const ofUser = [Prisma.sql`user_id = ${userId}`];
    return page(newestOf(EXTRACTION, Prisma.sql`${extractionId}`, ids, ofUser, limit), ids);
  }
  return conditions.length === 0
    ? page(newestOf(USER, Prisma.sql`${userId}`, ids, [], limit), ids)
    : ofKinds(filter, ids, limit);
}

/** Reads the newest attempts of a delivery, newest first. It takes no locks. */
export function attemptsOf(deliveryId: string, limit: number): Prisma.Sql {
  return Prisma.sql`
    SELECT ${LISTED} FROM delivery_attempts WHERE delivery_id = ${deliveryId}::uuid ORDER BY id DESC LIMIT ${limit}::int`;
}

const USER = Prisma.sql`user_id`;
const EXTRACTION = Prisma.sql`extraction_id`;
const OUTCOME = Prisma.sql`outcome`;

/**
 * The newest attempts before the end of the range that have a value in a column: the text of a query. `ids.first` is not checked.
 *
 * The index ends with the column and the id, and the conditions fix its other columns. With the row comparison and this order,
 * PostgreSQL can read no other index. With an equality and an order by id alone, it often scans the index of all ids, with every
 * newer row of other users. PostgreSQL ends a scan at the first column of a row comparison, not at a later one. A bound of the id
 * does not end it. The caller checks that bound after the limit.
 */
function newestOf(
  column: Prisma.Sql,
  value: Prisma.Sql,
  { end }: Ids,
  conditions: readonly Prisma.Sql[],
  limit: number,
  selected = LISTED,
): Prisma.Sql {
  const range = Prisma.sql`${column} >= ${value} AND (${column}, id) < (${value}, ${end}::uuid)`;
  return Prisma.sql`
    SELECT ${selected} FROM delivery_attempts WHERE ${and([...conditions, range])}
    ORDER BY ${column} DESC, id DESC LIMIT ${limit}::int`;
}

/** The rows of a query whose ids are in the range. */
function page(query: Prisma.Sql, { first }: Ids): Prisma.Sql {
  return Prisma.sql`SELECT * FROM (${query}) newest WHERE id >= ${first}::uuid ORDER BY id DESC`;
}

/** The newest of the few attempts that `few` selects by an index, if they meet the other conditions. */
function ofFew(few: Prisma.Sql, conditions: readonly Prisma.Sql[], { first, end }: Ids, limit: number): Prisma.Sql {
  const range = Prisma.sql`id >= ${first}::uuid AND id < ${end}::uuid`;
  // Materialized: otherwise PostgreSQL may read the user's attempts in the order of the list.
  return Prisma.sql`
    WITH few AS MATERIALIZED (SELECT * FROM delivery_attempts WHERE ${few})
    SELECT ${LISTED} FROM few WHERE ${and([range, ...conditions])} ORDER BY id DESC LIMIT ${limit}::int`;
}

/**
 * The kinds of attempts of a user or a webhook: the text of a recursive query named `kinds`. A kind is a webhook, an event type, a
 * trigger and an outcome code. A loose index scan jumps from kind to kind, so its cost does not depend on the number of attempts.
 */
export function kindsOf(userId: string, webhookUuid?: string): Prisma.Sql {
  const fixed = [Prisma.sql`user_id = ${userId}`];
  const varying = [Prisma.sql`event`, Prisma.sql`trigger`, Prisma.sql`outcome`];
  if (webhookUuid === undefined) varying.unshift(Prisma.sql`webhook_id`);
  else fixed.push(Prisma.sql`webhook_id = ${webhookUuid}::uuid`);
  const columns = Prisma.join(varying);
  const next = (conditions: readonly Prisma.Sql[]): Prisma.Sql => Prisma.sql`
    SELECT webhook_id, event, trigger, outcome FROM delivery_attempts WHERE ${and(conditions)} ORDER BY ${columns} LIMIT 1`;
  const after = Prisma.sql`(${columns}) > (${Prisma.join(varying.map((column) => Prisma.sql`kinds.${column}`))})`;
  return Prisma.sql`kinds AS (
      (${next(fixed)})
      UNION ALL
      SELECT following.* FROM kinds CROSS JOIN LATERAL (${next([...fixed, after])}) following
    )`;
}

/** The conditions that an attempt has the webhook, the event type and the trigger of a row of `kinds`. */
const sameKind = (userId: string): Prisma.Sql => Prisma.sql`user_id = ${userId} AND webhook_id = kinds.webhook_id
  AND event = kinds.event AND trigger = kinds.trigger`;

/** The condition that an attempt is of a row of `kinds`, with an id from `first` on and before `end`. */
export function ofKindBetween(userId: string, first: Prisma.Sql, end: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`${sameKind(userId)} AND outcome = kinds.outcome AND id >= ${first} AND id < ${end}`;
}

function ofKinds(filter: AttemptFilter, ids: Ids, limit: number): Prisma.Sql {
  const { userId, webhookUuid } = filter;
  const onKind = conditionsOnKind(filter);
  const known = newestOfKinds(userId, onKind, ids, limit);
  const both = conditionsOnOutcome(filter).length === 0 ? known : union(known, newestUnknown(filter, ids, limit));
  return Prisma.sql`
    WITH RECURSIVE ${kindsOf(userId, webhookUuid)}, ids AS (${both})
    SELECT attempt.* FROM (SELECT id FROM ids ORDER BY id DESC LIMIT ${limit}::int) page
    -- With a limit of its own, the row is read by its primary key.
    CROSS JOIN LATERAL (SELECT ${LISTED} FROM delivery_attempts WHERE id = page.id LIMIT 1) attempt
    ORDER BY attempt.id DESC`;
}

/**
 * The newest ids of each kind that meets the conditions: the text of a query.
 *
 * The order of all columns is that of the index, and the planner expects many rows of a user. It therefore reads the index
 * backwards from the end of the kind. With equalities it may expect few rows, and sort all rows of the kind. The rows after the
 * limit that belong to another kind are dropped.
 */
function newestOfKinds(userId: string, onKind: readonly Prisma.Sql[], { first, end }: Ids, limit: number): Prisma.Sql {
  const columns = ['webhook_id', 'event', 'trigger', 'outcome'].map((name) => Prisma.raw(name));
  const kind = Prisma.join(columns.map((column) => Prisma.sql`kinds.${column}`));
  const where = onKind.length === 0 ? Prisma.empty : Prisma.sql`WHERE ${and(onKind)}`;
  const same = columns.map((column) => Prisma.sql`newest.${column} = kinds.${column}`);
  return Prisma.sql`
    SELECT newest.id FROM (SELECT * FROM kinds ${where}) kinds CROSS JOIN LATERAL (
      SELECT ${Prisma.join(columns)}, id FROM delivery_attempts
      WHERE user_id >= ${userId} AND (user_id, ${Prisma.join(columns)}, id) < (${userId}, ${kind}, ${end}::uuid)
      ORDER BY user_id DESC, ${Prisma.join(columns.map((column) => Prisma.sql`${column} DESC`))}, id DESC
      LIMIT ${limit}::int) newest
    WHERE ${and([...same, Prisma.sql`newest.id >= ${first}::uuid`])}`;
}

/**
 * The newest ids of attempts whose outcome code is not known: the text of a query. Their rows decide. It may read all of them: they
 * are those that earlier versions recorded.
 */
function newestUnknown(filter: AttemptFilter, ids: Ids, limit: number): Prisma.Sql {
  const conditions = [sameKind(filter.userId), ...conditionsOnRow(filter)];
  const query = newestOf(OUTCOME, Prisma.sql`kinds.outcome`, ids, conditions, limit, Prisma.sql`id`);
  return Prisma.sql`
    SELECT newest.id FROM kinds CROSS JOIN LATERAL (${query}) newest
    WHERE newest.id >= ${ids.first}::uuid AND kinds.outcome = ${UNKNOWN_OUTCOME}::int`;
}

function union(one: Prisma.Sql, other: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`${one} UNION ALL ${other}`;
}

/** The conditions that a kind must meet. */
function conditionsOnKind(filter: AttemptFilter): Prisma.Sql[] {
  const { event, trigger } = filter;
  return [
    ...(event === undefined ? [] : [Prisma.sql`event = ${event}`]),
    ...(trigger === undefined ? [] : [Prisma.sql`trigger = ${trigger}::delivery_trigger`]),
    ...conditionsOnOutcome(filter),
  ];
}

function conditionsOnOutcome({ status, httpStatus, errorClass }: AttemptFilter): Prisma.Sql[] {
  const codes = [...(status ? [CODES_OF_STATUS[status]] : []), ...(errorClass ? [codesOfClass(errorClass)] : [])];
  return [
    ...codes.map(([first, last]) => Prisma.sql`outcome BETWEEN ${first}::int AND ${last}::int`),
    ...(httpStatus
      ? [
          Prisma.sql`outcome <> ${UNKNOWN_OUTCOME}::int AND outcome % ${CODES_PER_CLASS}::int BETWEEN ${httpStatus[0]}::int AND ${httpStatus[1]}::int`,
        ]
      : []),
  ];
}

/** The conditions that a row must meet. Attempts without a code have no class of errors. */
function conditionsOnRow({ webhookUuid, status, httpStatus, errorClass, event, trigger }: AttemptFilter): Prisma.Sql[] {
  return [
    ...(webhookUuid === undefined ? [] : [Prisma.sql`webhook_id = ${webhookUuid}::uuid`]),
    ...(event === undefined ? [] : [Prisma.sql`event = ${event}`]),
    ...(trigger === undefined ? [] : [Prisma.sql`trigger = ${trigger}::delivery_trigger`]),
    ...(status === undefined ? [] : [Prisma.sql`status = ${status}::attempt_status`]),
    ...(httpStatus === undefined
      ? []
      : [Prisma.sql`coalesce(http_status, 0) BETWEEN ${httpStatus[0]}::int AND ${httpStatus[1]}::int`]),
    ...(errorClass === undefined ? [] : [conditionsOnOutcome({ userId: '', errorClass })[0] ?? Prisma.empty]),
  ];
}

function and(conditions: readonly Prisma.Sql[]): Prisma.Sql {
  return Prisma.join(conditions, ' AND ');
}
