import { FIRST_WEBHOOK } from '../queue/claim-limits.js';

/** A place between two events of a user, in the order of positions. */
export interface Cursor {
  position: number;
  /** Only for events that were stored before positions existed: they share the position zero, and are ordered by id. */
  id: string;
}

/** Sorts before every id. */
export const FIRST_ID = FIRST_WEBHOOK;
/** Sorts after every id. */
export const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** The place after all events with this position, or with a smaller one. */
export function afterPosition(position: number): Cursor {
  return { position, id: LAST_ID };
}

/** The events that a stream selects from those of its user. */
export interface Selection {
  /** Names and patterns of types. */
  names: readonly string[];
  /** The filter as an SQL/JSON path. Null without a filter. */
  filterPath: string | null;
  /** Leaves out events with a smaller id, up to this position: events from before the time where the stream begins. */
  since: { id: string; position: number } | null;
}

/** Streams at the same place that select the same events. They share one read of the database. */
export interface Reader {
  userId: string;
  after: Cursor;
  /** The last position to read. */
  limit: number;
  selection: Selection;
}

/** A text that is equal for equal selections. */
export function keyOfSelection({ names, filterPath, since }: Selection): string {
  return JSON.stringify([[...names].sort(), filterPath, since?.id, since?.position]);
}
