import { randomBytes } from 'node:crypto';

/** Deliveries may be due. Only a hint where to look now: the table is the truth. */
export class DeliveriesQueuedEvent {
  static readonly eventName = 'deliveries.queued';

  constructor(readonly webhooks: readonly string[]) {}
}

/** The PostgreSQL channel that says the same to other processes. */
export const DELIVERIES_QUEUED_CHANNEL = 'deliveries_queued';

/** Marks the notices of what this process has told itself by a {@link DeliveriesQueuedEvent} as well. */
export const PROCESS_ID = randomBytes(6).toString('hex');

/** The text of a notice: who sends it (nobody: for the sender, too), and the webhooks (none: any may be meant). */
export function queuedNotice(webhooks: readonly string[], sender = ''): string {
  return `${sender} ${webhooks.join()}`;
}

/** @returns the webhooks that the notice names, none for one of our own, or undefined when it may be about any */
export function noticedWebhooks(notice: string): string[] | undefined {
  const [sender, webhooks = ''] = notice.split(' ');
  if (sender === PROCESS_ID) return [];
  return webhooks === '' ? undefined : webhooks.split(',');
}
