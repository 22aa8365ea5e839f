import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { webhookIdOf } from '../common/ids.js';
import { LocalShortageError } from '../common/local-shortage.error.js';
import { cipherAnswer, encryptedBy } from './cipher-answer.js';
import { SecretCipher } from './secret-cipher.js';
import { SecretsCheck } from './secrets-check.js';
import { WebhooksRepository, type StoredSecrets } from './webhooks.repository.js';

/** Webhooks in one statement: it takes milliseconds, and nobody waits for it. */
const BATCH = 200;
/** Webhooks whose secrets the cipher is asked for at once: a KMS has limits. */
const AT_ONCE = 20;
/** How long a webhook that was being changed is left alone. */
const RETRY_MS = 50;
/** Below every webhook's uuid but one of zeros alone, which is never drawn. */
const FIRST = '00000000-0000-0000-0000-000000000000';

/** What became of all stored secrets. A webhook has two of them while a rotation of its own overlaps. */
export interface ReencryptionReport {
  reencrypted: number;
  alreadyCurrent: number;
  /** Which secrets can't be read, such as `webhook-9f86…: secret`; they are left as they are. */
  unreadable: string[];
}

/** What is to become of the secrets of one webhook. */
interface Plan extends ReencryptionReport {
  from: StoredSecrets;
  to: StoredSecrets;
}

/**
 * Encrypts all signing secrets under the cipher's present key, in small batches, while others use and change them. May
 * be broken off and begun again at any time.
 */
@Injectable()
export class SecretsReencryption {
  constructor(
    private readonly repository: WebhooksRepository,
    private readonly cipher: SecretCipher,
    private readonly check: SecretsCheck,
  ) {}

  /**
   * @param acceptUnreadable whether the present key is right even if nothing that it reads is left
   * @throws LocalShortageError when the cipher can't reach its key
   */
  async run(acceptUnreadable = false): Promise<ReencryptionReport> {
    const report: ReencryptionReport = { reencrypted: 0, alreadyCurrent: 0, unreadable: [] };
    await this.repository.forgetExpiredSecrets();
    let batch = await this.repository.findSecretsBehind(FIRST, BATCH);
    for (let last = batch.at(-1); last !== undefined; last = batch.at(-1)) {
      await this.reencrypt(batch, report);
      batch = await this.repository.findSecretsBehind(last.id, BATCH);
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
      // What is under the present key is read too: a key id proves nothing.
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
