import { Prisma } from '../generated/prisma/client.js';
import { plainArray, subscribes } from '../queue/statement-parts.js';
import { SUSPECT_IN_SQL } from '../webhooks/filter-text.js';
import { FILTER_MATCHES, filterSubject } from '../webhooks/statement-parts.js';
import type { Reader } from './reader.js';

/** The most events that one page examines. */
export const PAGE_ROWS = 200;
/** The most bytes of payloads in a page. One event is always allowed. */
const PAGE_BYTES = 65_536;

/**
 * Reads the next page of each reader: the events of its user after its cursor, up to its limit, in the order of positions.
 *
 * Input: readers. Output: {@link PageRow}s in the order of readers and positions. It takes no locks. Anything may run at the same
 * time: no event can appear below the limit of a reader (`horizon.ts`).
 *
 * Each examined event is a row, so that a reader makes progress through events that it does not select. Their payloads
 * stay in the database. A filter that can't be decided here, because of a payload that `jsonb` refuses, is decided by
 * the caller.
 */
export function pageStatement(readers: readonly Reader[]): Prisma.Sql {
  const column = (value: (reader: Reader) => string | number | null) => plainArray(readers.map(value));
  return Prisma.sql`
    SELECT number, page.id, page.position::text AS position, matches, place = examined AS "isLast", examined,
      CASE WHEN matches IS DISTINCT FROM false THEN page.type END AS type,
      CASE WHEN matches IS DISTINCT FROM false THEN page.payload END AS payload,
      CASE WHEN matches IS NULL THEN page.extraction_id END AS "extractionId"
    FROM (SELECT
      unnest(${plainArray([...readers.keys()])}::int[]) AS number,
      unnest(${readers.map(({ userId }) => userId)}::text[]) AS user_id,
      unnest(${column(({ after }) => after.position)}::bigint[]) AS after_position,
      unnest(${column(({ after }) => after.id)}::uuid[]) AS after_id,
      unnest(${column(({ limit }) => limit)}::bigint[]) AS last_position,
      string_to_array(unnest(${readers.map(({ selection }) => selection.names.join())}::text[]), ',') AS names,
      unnest(${readers.map(({ selection }) => selection.filterPath)}::text[])::jsonpath AS path,
      unnest(${column(({ selection }) => selection.since?.id ?? null)}::uuid[]) AS since_id,
      unnest(${column(({ selection }) => selection.since?.position ?? null)}::bigint[]) AS since_position
    ) reader CROSS JOIN LATERAL (
      SELECT *, row_number() OVER (ORDER BY position, id) AS place, (count(*) OVER ())::int AS examined,
        sum(CASE WHEN matches IS DISTINCT FROM false THEN octet_length(payload) ELSE 0 END)
          OVER (ORDER BY position, id ROWS UNBOUNDED PRECEDING) AS bytes
      FROM (
        SELECT id, position, type, payload, extraction_id, CASE
            WHEN NOT ${subscribes(Prisma.sql`names`, Prisma.sql`type`)} THEN false
            WHEN position <= since_position AND id < since_id THEN false
            WHEN path IS NULL THEN true
            WHEN payload ~ ${SUSPECT_IN_SQL} THEN NULL
            ELSE (SELECT ${FILTER_MATCHES} FROM (
              SELECT path, ${filterSubject(Prisma.sql`payload`, Prisma.sql`extraction_id`)}) subject)
          END AS matches
        FROM events
        WHERE events.user_id = reader.user_id AND (position, id) > (after_position, after_id) AND position <= last_position
        ORDER BY position, id LIMIT ${PAGE_ROWS}::int
      ) examined
    ) page
    WHERE place = 1 OR bytes <= ${PAGE_BYTES}::int
    ORDER BY number, place`;
}

/** An event that a page has examined. */
export interface PageRow {
  /** The place of the reader in the input. */
  number: number;
  id: string;
  position: string;
  /** Whether the reader selects it. Null: not decided. */
  matches: boolean | null;
  /** Whether it is the last event that was examined. */
  isLast: boolean;
  /** The number of examined events. */
  examined: number;
  /** Null for an event that is not selected. */
  type: string | null;
  payload: string | null;
  /** Only if the match is not decided. */
  extractionId: string | null;
}
