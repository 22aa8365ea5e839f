import { PROCESS_ID } from './deliveries-queued.event.js';
import type { PublishRequest } from './outbox.types.js';

/**
 * This process has stored events. It is only a hint: the table decides. A request whose idempotency key was used before stored
 * nothing, and is listed nevertheless.
 */
export class EventsStoredEvent {
  static readonly eventName = 'events.stored';

  constructor(readonly requests: readonly PublishRequest[]) {}
}

/** The PostgreSQL channel of the same hint between processes. */
export const EVENTS_STORED_CHANNEL = 'events_stored';

/** The longest list of users in a notice, in characters. PostgreSQL limits a notification to 8,000 bytes. */
const MAX_LIST = 7_500;

/**
 * The text of a notice.
 *
 * @param sender {@link PROCESS_ID}, or empty if the sending process needs the notice too
 * @param users ids, which have no spaces. If there are too many, the notice concerns all users
 */
export function storedNotice(sender: string, users: Iterable<string>): string {
  const list = [...users].join(' ');
  return `${sender} ${list.length > MAX_LIST ? '' : list}`;
}

/** @returns the users of a notice: none if this process is its sender, undefined if it concerns all users */
export function noticedUsers(notice: string): string[] | undefined {
  const [sender, ...users] = notice.split(' ');
  if (sender === PROCESS_ID) return [];
  return users.length === 0 || users[0] === '' ? undefined : users;
}
