import { hash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { DomainError } from '../common/domain-error.js';
import type { Webhook } from '../generated/prisma/client.js';
import { checkedWithStoredSecret } from './auth-settings.js';
import { cipherAnswer, encryptedBy } from './cipher-answer.js';
import { openedValue, sealedValue, type SealedPlace } from './sealed-value.js';
import type { SecretCipher } from './secret-cipher.js';
import { newSigningSecret } from './signing-secret.js';
import { secretFieldOf, secretOf, withSecret, type WebhookAuth } from './webhook-auth.js';
import { MASK } from './webhook-headers.js';
import { nothingKept } from './sealed-value.js';

/**
 * The authentication of a webhook with its secret encrypted.
 *
 * The secret is encrypted under a random key (`sealed-value.ts`). A change of the cipher's key re-encrypts only this key.
 */
export interface SealedAuth {
  /** Different after each change, and for each webhook. It tells nothing of the secret. */
  readonly id: string;
  /** Its secret is encrypted, in base64. */
  readonly settings: WebhookAuth;
  /** The key, encrypted by the cipher. */
  readonly key: Uint8Array;
}

/** The columns of a sealed authentication. */
export interface AuthColumns {
  auth: WebhookAuth | null;
  authKey: Uint8Array<ArrayBuffer> | null;
}

type AuthRow = Pick<Webhook, 'id' | 'auth' | 'authKey'>;

/**
 * Encrypts an authentication for the database.
 *
 * @throws the errors of `cipherAnswer`
 */
export async function sealedAuthColumns(
  auth: WebhookAuth | null,
  webhookUuid: string,
  cipher: SecretCipher,
): Promise<AuthColumns> {
  if (auth === null) return { auth: null, authKey: null };
  const key = newSigningSecret();
  const sealed = sealedValue(secretOf(auth), key, placeOf(auth, webhookUuid));
  return { auth: withSecret(auth, sealed), authKey: await encryptedBy(cipher, key, webhookUuid) };
}

/**
 * The authentication with its secret.
 *
 * @param key the decrypted key
 * @throws Error if the secret was encrypted under another key, for another webhook or for another place, or was changed
 */
export function openedAuth({ settings }: Pick<SealedAuth, 'settings'>, key: string, webhookUuid: string): WebhookAuth {
  return withSecret(settings, openedValue(secretOf(settings), key, placeOf(settings, webhookUuid)));
}

/**
 * The columns after a change. A mask keeps the stored secret. Without any difference, no column changes: connections and tokens
 * stay in use.
 *
 * @param auth valid by `checkedAuth`
 * @throws DomainError `VALIDATION_ERROR` for a mask without a stored secret that may be kept. The errors of `cipherAnswer`. Error
 *   if the stored secret is kept and can't be read
 */
export async function changedAuthColumns(
  auth: WebhookAuth | null,
  webhook: AuthRow,
  cipher: SecretCipher,
): Promise<Partial<AuthColumns>> {
  if (auth === null || !keepsAuth(auth)) return sealedAuthColumns(auth, webhook.id, cipher);
  const stored = sealedAuthOf(webhook.auth as WebhookAuth | null, webhook.authKey);
  if (stored?.settings.type !== auth.type) {
    throw new DomainError('VALIDATION_ERROR', nothingKept(`auth.${secretFieldOf(auth)}`));
  }
  if (isDeepStrictEqual(withSecret(stored.settings, MASK), auth)) return {};
  const key = await cipherAnswer(() => cipher.decrypt(stored.key, webhook.id));
  const checked = checkedWithStoredSecret(auth, openedAuth(stored, key, webhook.id));
  return sealedAuthColumns(checked, webhook.id, cipher);
}

/** The sealed authentication in columns of a row. */
export function sealedAuthOf(auth: WebhookAuth | null, key: Uint8Array | null): SealedAuth | null {
  if (auth === null || key === null) return null;
  // The encrypted secret has a random part, which is another one after each change.
  return { id: hash('sha256', secretOf(auth), 'base64url').slice(0, 22), settings: auth, key };
}

/** The authentication in a column, with a mask in place of its secret. */
export function maskedAuth(auth: unknown): WebhookAuth | null {
  return auth === null ? null : withSecret(auth as WebhookAuth, MASK);
}

/** Whether a change keeps the stored secret. */
export function keepsAuth(auth: WebhookAuth | null | undefined): boolean {
  return auth !== null && auth !== undefined && secretOf(auth) === MASK;
}

function placeOf(auth: WebhookAuth, webhookUuid: string): SealedPlace {
  return { webhookUuid, name: `auth.${secretFieldOf(auth)}` };
}
