import { webhookUuidOf } from '../../../src/common/ids.js';
import { openSession, type Session } from '../../process/support/session.js';
import { addUserKey } from '../../process/support/user-key.js';
import { ApiClient, eventually } from '../../support/api-client.js';
import type { ServerProcess } from '../../support/server-process.js';
import type { ExpectedRecord } from './misbehaviour.js';
import type { ReceiversProcess, RemoteReceiver } from './receivers-process.js';

/** A user has 10 webhooks at most. */
const USERS = 5;
const WEBHOOKS_PER_USER = 10;
/** The number of receivers at a time. */
export const CROWD = USERS * WEBHOOKS_PER_USER;
/** Each fifty contain all kinds, because the catalogue is ordered and its length is no multiple of this prime. */
const STRIDE = 37;
const LONGEST_WAIT_MS = 20_000;

/** The outcome of one delivery. */
export interface CrowdRecord {
  name: string;
  expected: ExpectedRecord;
  httpStatus: number | null;
  error: string | null;
  durationMs: number;
}

interface Target extends RemoteReceiver {
  remove: () => Promise<unknown>;
}

const RECORDS = `
  SELECT webhook_id AS "webhookUuid", http_status AS "httpStatus", error, duration_ms AS "durationMs"
  FROM delivery_attempts WHERE webhook_id = ANY($1::uuid[])`;

/** Users of a service whose receivers are all of a kind, fifty at a time. */
export class Crowd {
  private next = 0;
  private webhooks = new Map<string, Target>();

  private constructor(
    private readonly receivers: ReceiversProcess,
    private readonly session: Session,
    private readonly publisher: ApiClient,
    private readonly users: ApiClient[],
  ) {}

  static async gather(receivers: ReceiversProcess, { api }: ServerProcess, databaseUrl: string): Promise<Crowd> {
    const session = await openSession(databaseUrl);
    const users: ApiClient[] = [];
    for (let number = 0; number < USERS; number += 1) users.push(await newUser(session, api.url, nameOf(number)));
    return new Crowd(receivers, session, api, users);
  }

  /** Registers fifty: the next ones that are hostile, or a harmless one in the place of each. */
  async come(kind: 'hostile' | 'harmless'): Promise<void> {
    const { hostile } = this.receivers;
    for (let count = 0; count < CROWD; count += 1) {
      const next = hostile[(this.next++ * STRIDE) % hostile.length]!;
      const receiver = kind === 'hostile' ? next : this.receivers.harmlessInPlaceOf(next);
      const user = this.users[count % USERS]!;
      const { webhook } = await user.createWebhook(receiver.url);
      const remove = (): Promise<unknown> => user.delete(`/v1/webhooks/${webhook.id}`);
      this.webhooks.set(webhookUuidOf(webhook.id) ?? '', { ...receiver, remove });
    }
  }

  /** Sends all of them an event at once, and resolves when every one has its record. */
  async behave(): Promise<CrowdRecord[]> {
    const event = { event: 'extraction.completed', extractionId: 'extract-hostile', data: {} };
    const events = this.users.map((_, number) => ({ ...event, userId: nameOf(number) }));
    const { status } = await this.publisher.post('/v1/events/batch', { events });
    if (status !== 202) throw new Error(`The events were not accepted: ${status}`);
    const ids = [...this.webhooks.keys()];
    const rows = await eventually(
      async () => {
        const found = await this.session.query<CrowdRecord & { webhookUuid: string }>(RECORDS, [ids]);
        return found.length >= CROWD ? found : undefined;
      },
      'a record of each',
      LONGEST_WAIT_MS,
      100,
    );
    return rows.map(({ webhookUuid, ...row }) => {
      const { name, expected } = this.webhooks.get(webhookUuid)!;
      return { ...row, name, expected };
    });
  }

  /** Deletes their webhooks. */
  async go(): Promise<void> {
    for (const { remove } of this.webhooks.values()) await remove();
    this.webhooks.clear();
  }

  end(): Promise<void> {
    return this.session.close();
  }
}

function nameOf(number: number): string {
  return `uid_hostile_${number}`;
}

async function newUser(session: Session, url: string, userId: string): Promise<ApiClient> {
  const { key } = await addUserKey(session, userId, ['webhooks']);
  return new ApiClient(url, key);
}
