import { randomBytes } from 'node:crypto';

/**
 * These webhooks may have due deliveries. It is only a hint: the table decides. The list may be empty, and the webhooks may have
 * nothing due: the sender does not check.
 */
export class DeliveriesQueuedEvent {
  static readonly eventName = 'deliveries.queued';

  constructor(readonly webhooks: readonly string[]) {}
}

/** The PostgreSQL channel of the same hint between processes. */
export const DELIVERIES_QUEUED_CHANNEL = 'deliveries_queued';

/** The most ids in a notice. PostgreSQL limits a notification to 8,000 bytes. */
export const MAX_NOTIFIED = 200;

/** Identifies this process in its notices. It ignores its own notices, because it emits an event for the same fact. */
export const PROCESS_ID = randomBytes(6).toString('hex');

/**
 * The text of a notice.
 *
 * @param webhooks uuids. Without any, the notice concerns all webhooks
 * @param sender {@link PROCESS_ID}, or empty if the sending process needs the notice too
 */
export function queuedNotice(webhooks: readonly string[], sender = ''): string {
  return `${sender} ${webhooks.join()}`;
}

/** @returns the webhooks of a notice: none if this process is its sender, undefined if it concerns all webhooks */
export function noticedWebhooks(notice: string): string[] | undefined {
  const [sender, webhooks = ''] = notice.split(' ');
  if (sender === PROCESS_ID) return [];
  return webhooks === '' ? undefined : webhooks.split(',');
}
