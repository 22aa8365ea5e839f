import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { JournalEntry } from './journal.js';

/** The most difference between `webhook-timestamp` and the receiver's clock: the tolerance of Standard Webhooks. */
const TOLERANCE_MS = 300_000;

/** Whether both signatures of a request are genuine and its time is sound. */
export function isGenuine({ headers, body, at }: JournalEntry, secret: string): boolean {
  const id = String(headers['webhook-id']);
  const timestamp = String(headers['webhook-timestamp']);
  const key = Buffer.from(secret, 'base64');
  const standard = `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  const plain = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
  return (
    headers['webhook-signature'] === standard &&
    headers['x-docmap-signature'] === plain &&
    Math.abs(Number(timestamp) * 1_000 - at) < TOLERANCE_MS
  );
}

/** The same by the public library. Its `verify` rejects requests older than five minutes, which a long run has. */
export function isGenuineByLibrary({ headers, body }: JournalEntry, secret: string): boolean {
  const time = new Date(Number(headers['webhook-timestamp']) * 1_000);
  return new Webhook(secret).sign(String(headers['webhook-id']), time, body) === headers['webhook-signature'];
}
