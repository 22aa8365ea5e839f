import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { webhookIdOf } from '../common/ids.js';
import { LocalShortageError } from '../common/local-shortage.error.js';
import { cipherAnswer, encryptedBy } from './cipher-answer.js';
import { SecretCipher } from './secret-cipher.js';
import { SecretsCheck } from './secrets-check.js';
import { WebhooksRepository, type StoredSecrets } from './webhooks.repository.js';

/** Webhooks per statement. A statement takes milliseconds, and its locks delay nothing noticeably. */
const BATCH = 200;
/** Webhooks whose secrets the cipher handles at the same time, because a KMS has limits. */
const AT_ONCE = 20;
/** The wait before a webhook is tried again that changed at the same time. */
const RETRY_MS = 50;
/** Lower than every webhook's uuid, because the version of a uuid is not zero. */
const FIRST = '00000000-0000-0000-0000-000000000000';

/** The number of stored secrets by result. A webhook has two secrets during the overlap of a rotation. The keys of its headers and its authentication count, too. */
export interface ReencryptionReport {
  reencrypted: number;
  alreadyCurrent: number;
  /** The secrets that can't be decrypted, such as `webhook-9f86…: secret`. They are not changed. */
  unreadable: string[];
}

/** The intended change of the secrets of one webhook. */
interface Plan extends ReencryptionReport {
  from: StoredSecrets;
  to: StoredSecrets;
}

/**
 * Encrypts all signing secrets, and all keys of headers and authentications under the cipher's present key, in small batches. Services may use and change the secrets at
 * the same time. A run may be aborted at any time, and another run completes it.
 */
@Injectable()
export class SecretsReencryption {
  constructor(
    private readonly repository: WebhooksRepository,
    private readonly cipher: SecretCipher,
    private readonly check: SecretsCheck,
  ) {}

  /**
   * @param acceptUnreadable makes the present key the key of the database, even if it decrypts nothing that is stored
   * @throws LocalShortageError if the cipher can't reach its key
   */
  async run(acceptUnreadable = false): Promise<ReencryptionReport> {
    const report: ReencryptionReport = { reencrypted: 0, alreadyCurrent: 0, unreadable: [] };
    await this.repository.forgetExpiredSecrets();
    let batch = await this.repository.findSecretsAfter(FIRST, BATCH);
    for (let last = batch.at(-1); last !== undefined; last = batch.at(-1)) {
      await this.reencrypt(batch, report);
      batch = await this.repository.findSecretsAfter(last.id, BATCH);
    }
    await this.check.reencrypt(acceptUnreadable);
    return report;
  }

  private async reencrypt(batch: StoredSecrets[], report: ReencryptionReport): Promise<void> {
    for (let left = batch; left.length > 0;) {
      const plans: Plan[] = [];
      for (let at = 0; at < left.length; at += AT_ONCE) {
        plans.push(...(await Promise.all(left.slice(at, at + AT_ONCE).map((secrets) => this.planFor(secrets)))));
      }
      const changes = plans.filter(({ reencrypted }) => reencrypted > 0);
      const replaced = new Set(changes.length === 0 ? [] : await this.repository.replaceSecrets(changes));
      const overtaken = new Set(changes.flatMap(({ from: { id } }) => (replaced.has(id) ? [] : [id])));
      for (const plan of plans) if (!overtaken.has(plan.from.id)) count(plan, report);
      if (overtaken.size === 0) return;
      await delay(RETRY_MS);
      left = await this.repository.findSecrets([...overtaken]);
    }
  }

  private async planFor(from: StoredSecrets): Promise<Plan> {
    const plan: Plan = { from, to: { ...from }, reencrypted: 0, alreadyCurrent: 0, unreadable: [] };
    plan.to.secret = await this.reencrypted(from.secret, 'secret', plan);
    if (from.previousSecret) {
      plan.to.previousSecret = await this.reencrypted(from.previousSecret, 'previous secret', plan);
    }
    if (from.headersKey) plan.to.headersKey = await this.reencrypted(from.headersKey, 'headers', plan);
    if (from.authKey) plan.to.authKey = await this.reencrypted(from.authKey, 'auth', plan);
    return plan;
  }

  private async reencrypted(
    bytes: StoredSecrets['secret'],
    which: string,
    plan: Plan,
  ): Promise<StoredSecrets['secret']> {
    const { id } = plan.from;
    let secret: string;
    try {
      // Secrets under the present key are decrypted too: their key id does not prove that they are readable.
      secret = await cipherAnswer(() => this.cipher.decrypt(bytes, id));
    } catch (error) {
      if (error instanceof LocalShortageError) throw error;
      plan.unreadable.push(`${webhookIdOf(id)}: ${which}`);
      return bytes;
    }
    const isCurrent = this.cipher.isCurrent(bytes);
    plan[isCurrent ? 'alreadyCurrent' : 'reencrypted'] += 1;
    return isCurrent ? bytes : encryptedBy(this.cipher, secret, id);
  }
}

function count({ reencrypted, alreadyCurrent, unreadable }: Plan, report: ReencryptionReport): void {
  report.reencrypted += reencrypted;
  report.alreadyCurrent += alreadyCurrent;
  report.unreadable.push(...unreadable);
}
