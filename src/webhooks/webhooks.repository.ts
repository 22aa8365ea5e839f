import { Injectable } from '@nestjs/common';
import { notify } from '../database/notification-channel.js';
import { PrismaService, type Transaction } from '../database/prisma.service.js';
import { Prisma, type Webhook } from '../generated/prisma/client.js';
import { FILTER_MATCHES, filterSubject } from './statement-parts.js';
import { WEBHOOK_INVALIDATED_CHANNEL } from './webhook-invalidated.event.js';
import { checkActiveLimit, checkLimits, MAX_WEBHOOKS, type WebhookCounts } from './webhook-limit.js';
import type { SettingColumns } from './webhook-settings.js';

/** The values of a webhook that the cipher encrypts: its signing secrets, and the keys of its headers and its authentication. */
export type StoredSecrets = Pick<Webhook, 'id' | 'secret' | 'previousSecret' | 'headersKey' | 'authKey'>;

/** Columns to write. */
type Columns<Input> = Omit<Input, keyof SettingColumns> & SettingColumns;

/** A webhook before a change and after it. */
export interface Change {
  before: Webhook;
  after: Webhook;
}

const STORED_SECRETS = { id: true, secret: true, previousSecret: true, headersKey: true, authKey: true } as const;

@Injectable()
export class WebhooksRepository {
  constructor(private readonly prisma: PrismaService) {}

  find(id: string): Promise<Webhook | null> {
    return this.prisma.webhook.findUnique({ where: { id } });
  }

  /**
   * The user's webhooks, newest first. At most {@link MAX_WEBHOOKS}, because an older version let users have more. Active
   * webhooks have priority over inactive ones, and newer ones over older ones.
   *
   * @param active only webhooks in this state. Undefined: in any state
   */
  async findByUser(userId: string, active: boolean | undefined): Promise<Webhook[]> {
    const webhooks = await this.prisma.webhook.findMany({
      where: { userId, ...(active === undefined ? {} : { active }) },
      orderBy: [{ active: 'desc' }, { createdAt: 'desc' }, { id: 'desc' }],
      take: MAX_WEBHOOKS,
    });
    return webhooks.sort((one, other) => +other.createdAt - +one.createdAt || (one.id < other.id ? 1 : -1));
  }

  count(userId: string): Promise<WebhookCounts> {
    return countOf(this.prisma, userId);
  }

  /**
   * Adds an active webhook. Transactions that change the webhooks of one user run one after another.
   *
   * @throws DomainError `MAX_WEBHOOKS_REACHED` if a limit would be exceeded. Then nothing is added
   */
  createWithinLimits(webhook: Columns<Prisma.WebhookCreateInput>, maxActive: number): Promise<Webhook> {
    return this.prisma.serialized(webhook.userId, async (tx) => {
      checkLimits(await countOf(tx, webhook.userId), maxActive);
      const created = await tx.webhook.create({ data: stored(webhook) });
      await storeFilterPath(tx, created.id, webhook);
      return created;
    });
  }

  /**
   * Changes a webhook.
   *
   * @param columnsOf computes the new values from the present row
   * @param limit the limit of active webhooks, which counts only if the change activates this one. `owner` is the owner if
   *   another user makes the change
   * @returns null if the webhook was deleted
   * @throws DomainError `MAX_WEBHOOKS_REACHED` if the limit would be exceeded. Then nothing is changed
   */
  change(
    webhook: Webhook,
    columnsOf: (before: Webhook) => Columns<Prisma.WebhookUpdateInput>,
    { maxActive, owner }: { maxActive: number; owner: string | undefined },
  ): Promise<Change | null> {
    const { id, userId } = webhook;
    return this.locked(webhook, async (tx, before) => {
      const columns = columnsOf(before);
      if (columns.active === true && !before.active) {
        checkActiveLimit(await tx.webhook.count({ where: { userId, active: true } }), maxActive, owner);
      }
      await storeFilterPath(tx, id, columns);
      return tx.webhook.update({ where: { id }, data: stored(columns) });
    });
  }

  /**
   * Replaces the secret. The present secret becomes the previous one. One statement reads and writes both secrets: it does not
   * undo a rotation or a re-encryption that commits first.
   *
   * @param key the new secret, encrypted, and its public key
   * @param overlapSeconds the time for which the present secret still signs. 0: it is removed at once
   * @returns null if the webhook was deleted
   */
  rotateSecret(
    { id, userId }: Webhook,
    { secret, publicKey }: Pick<Webhook, 'secret' | 'publicKey'>,
    overlapSeconds: number,
  ): Promise<Change | null> {
    return this.locked({ id, userId }, async (tx) => {
      await tx.$executeRaw`
        UPDATE webhooks SET secret = ${secret}, public_key = ${publicKey}, updated_at = now(),
          previous_secret = CASE WHEN ${overlapSeconds}::int > 0 THEN secret END,
          previous_secret_expires_at = CASE WHEN ${overlapSeconds}::int > 0
            THEN now() + ${overlapSeconds}::int * interval '1 second' END
        WHERE id = ${id}::uuid`;
      return tx.webhook.findUniqueOrThrow({ where: { id } });
    });
  }

  /** Removes previous secrets whose overlap is over. It locks these webhooks, and skips webhooks that are locked. */
  async forgetExpiredSecrets(): Promise<void> {
    await this.prisma.$executeRaw`
      UPDATE webhooks SET previous_secret = NULL, previous_secret_expires_at = NULL WHERE id IN (
        SELECT id FROM webhooks WHERE previous_secret_expires_at <= now() FOR NO KEY UPDATE SKIP LOCKED)`;
  }

  /** The secrets of the next webhooks after this id, in the order of ids. */
  findSecretsAfter(id: string, limit: number): Promise<StoredSecrets[]> {
    return this.prisma.webhook.findMany({
      where: { id: { gt: id } },
      orderBy: { id: 'asc' },
      take: limit,
      select: STORED_SECRETS,
    });
  }

  findSecrets(ids: string[]): Promise<StoredSecrets[]> {
    return this.prisma.webhook.findMany({ where: { id: { in: ids } }, select: STORED_SECRETS });
  }

  /**
   * Replaces secrets that are still equal to the ones that were read (compare-and-swap).
   *
   * Input: for each webhook the secrets that were read and the new ones. Output: the ids of the changed webhooks. It locks the
   * rows that it changes, and waits for no lock: a webhook that another transaction has locked or changed is skipped.
   */
  async replaceSecrets(changes: readonly { from: StoredSecrets; to: StoredSecrets }[]): Promise<string[]> {
    const input = changes.map(({ from, to }) => ({
      id: from.id,
      secret: hexOf(from.secret),
      previous: hexOf(from.previousSecret),
      headersKey: hexOf(from.headersKey),
      authKey: hexOf(from.authKey),
      newSecret: hexOf(to.secret),
      newPrevious: hexOf(to.previousSecret),
      newHeadersKey: hexOf(to.headersKey),
      newAuthKey: hexOf(to.authKey),
    }));
    const replaced = await this.prisma.$queryRaw<{ id: string }[]>`
      WITH input AS (
        SELECT * FROM json_to_recordset(${JSON.stringify(input)}::json) AS input(
          id uuid, secret text, previous text, "headersKey" text, "authKey" text,
          "newSecret" text, "newPrevious" text, "newHeadersKey" text, "newAuthKey" text)
      ), unchanged AS (
        SELECT webhook.id, "newSecret", "newPrevious", "newHeadersKey", "newAuthKey"
        FROM webhooks webhook JOIN input ON input.id = webhook.id
        WHERE webhook.secret = decode(input.secret, 'hex')
          AND webhook.previous_secret IS NOT DISTINCT FROM decode(input.previous, 'hex')
          AND webhook.headers_key IS NOT DISTINCT FROM decode(input."headersKey", 'hex')
          AND webhook.auth_key IS NOT DISTINCT FROM decode(input."authKey", 'hex')
        FOR NO KEY UPDATE OF webhook SKIP LOCKED
      )
      UPDATE webhooks webhook
      SET secret = decode("newSecret", 'hex'), previous_secret = decode("newPrevious", 'hex'),
        headers_key = decode("newHeadersKey", 'hex'), auth_key = decode("newAuthKey", 'hex')
      FROM unchanged WHERE unchanged.id = webhook.id
      RETURNING webhook.id`;
    return replaced.map(({ id }) => id);
  }

  /**
   * Whether an event matches a filter.
   *
   * @param path the filter as an SQL/JSON path
   * @param document the payload of the event, or the result of `filterDocument`
   */
  async matches(path: string, document: string, extractionId: string | null): Promise<boolean> {
    const subject = filterSubject(Prisma.sql`${document}::text`, Prisma.sql`${extractionId}`);
    const [row] = await this.prisma.$queryRaw<{ matches: boolean }[]>`
      SELECT ${FILTER_MATCHES} AS matches FROM (SELECT ${path}::jsonpath AS path, ${subject}) subject`;
    return row?.matches ?? false;
  }

  /** Notifies the processes that a webhook was changed or deleted. */
  async notifyInvalidated(id: string): Promise<void> {
    await this.prisma.$queryRaw`SELECT ${notify(WEBHOOK_INVALIDATED_CHANNEL, id)} IS NULL AS notified`;
  }

  /**
   * Deletes a webhook. After this returns, no claim finds a delivery of it.
   *
   * @returns the last state of the webhook, or null if it did not exist
   */
  async delete(webhook: Webhook): Promise<Webhook | null> {
    const { id } = webhook;
    const deletion = await this.locked(webhook, (tx) => tx.webhook.delete({ where: { id } }));
    return deletion && deletion.before;
  }

  /**
   * Runs `work` in a transaction that locks the webhook's row. Nothing else changes the webhook meanwhile, not even the
   * recording of attempts.
   *
   * @returns null if the webhook does not exist
   */
  private locked(
    { id, userId }: Pick<Webhook, 'id' | 'userId'>,
    work: (tx: Transaction, before: Webhook) => Promise<Webhook>,
  ): Promise<Change | null> {
    return this.prisma.serialized(userId, async (tx) => {
      await tx.$queryRaw`SELECT id FROM webhooks WHERE id = ${id}::uuid FOR UPDATE`;
      const before = await tx.webhook.findUnique({ where: { id } });
      return before && { before, after: await work(tx, before) };
    });
  }
}

/** Prisma has no type for an SQL/JSON path. PostgreSQL parses it here: a stored path never fails when an event is published. */
async function storeFilterPath(tx: Transaction, id: string, { filterPath }: SettingColumns): Promise<void> {
  if (filterPath === undefined) return;
  await tx.$executeRaw`UPDATE webhooks SET filter_path = ${filterPath}::jsonpath WHERE id = ${id}::uuid`;
}

function stored<Input>(input: Columns<Input>) {
  const { metadata, headers, auth, filterPath: _, ...columns } = input;
  return {
    ...columns,
    ...(metadata === undefined ? {} : { metadata: Object.keys(metadata).length === 0 ? Prisma.DbNull : metadata }),
    ...(headers === undefined ? {} : { headers: headers ?? Prisma.DbNull }),
    ...(auth === undefined ? {} : { auth: auth ?? Prisma.DbNull }),
  };
}

async function countOf(client: Transaction, userId: string): Promise<WebhookCounts> {
  const states = await client.webhook.groupBy({ by: ['active'], where: { userId }, _count: true });
  return {
    active: states.find(({ active }) => active)?._count ?? 0,
    all: states.reduce((sum, { _count }) => sum + _count, 0),
  };
}

function hexOf(bytes: Uint8Array | null): string | null {
  return bytes && Buffer.from(bytes).toString('hex');
}
