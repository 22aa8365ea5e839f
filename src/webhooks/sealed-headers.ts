import { DomainError } from '../common/domain-error.js';
import type { Webhook } from '../generated/prisma/client.js';
import { cipherAnswer, encryptedBy } from './cipher-answer.js';
import { openedValue, sealedValue } from './sealed-value.js';
import type { SecretCipher } from './secret-cipher.js';
import { newSigningSecret } from './signing-secret.js';
import { MASK, type WebhookHeaders } from './webhook-headers.js';
import { nothingKept } from './sealed-value.js';

/**
 * The encrypted headers of a webhook.
 *
 * Values are encrypted under a random key (`sealed-value.ts`). A change of the cipher's key re-encrypts only this key.
 */
export interface SealedHeaders {
  /** The encrypted values in base64, by name. */
  values: Readonly<Record<string, string>>;
  /** The key, encrypted by the cipher. */
  key: Uint8Array;
}

/** The columns of sealed headers. */
export interface HeaderColumns {
  headers: Record<string, string> | null;
  headersKey: Uint8Array<ArrayBuffer> | null;
}

/**
 * Encrypts headers for the database.
 *
 * @throws the errors of `cipherAnswer`
 */
export async function sealed(
  headers: WebhookHeaders,
  webhookUuid: string,
  cipher: SecretCipher,
): Promise<HeaderColumns> {
  const entries = Object.entries(headers);
  if (entries.length === 0) return { headers: null, headersKey: null };
  const key = newSigningSecret();
  const values = entries.map(([name, value]) => [name, sealedValue(value, key, { webhookUuid, name })]);
  return {
    headers: Object.fromEntries(values) as Record<string, string>,
    headersKey: await encryptedBy(cipher, key, webhookUuid),
  };
}

/**
 * The headers of a webhook.
 *
 * @param key the decrypted key
 * @throws Error if a value was encrypted under another key, for another webhook or another name, or was changed
 */
export function opened({ values }: SealedHeaders, key: string, webhookUuid: string): WebhookHeaders {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, openedValue(value, key, { webhookUuid, name })]),
  );
}

/**
 * The columns after a change of headers. Each mask keeps the stored value of its name.
 *
 * @throws DomainError `VALIDATION_ERROR` for a mask without a stored value, the errors of `cipherAnswer`, and Error if stored
 *   headers are kept and can't be read
 */
export async function changedHeaders(
  headers: WebhookHeaders,
  webhook: Pick<Webhook, 'id' | 'headers' | 'headersKey'>,
  cipher: SecretCipher,
): Promise<HeaderColumns> {
  const stored = sealedOf(webhook.headers, webhook.headersKey);
  const names = new Map(Object.keys(stored?.values ?? {}).map((name) => [name.toLowerCase(), name]));
  const masks = Object.keys(headers).filter((name) => headers[name] === MASK);
  const unknown = masks.find((name) => !names.has(name.toLowerCase()));
  if (unknown !== undefined) {
    throw new DomainError('VALIDATION_ERROR', nothingKept(`headers.${unknown}`));
  }
  if (masks.length === 0 || stored === null) return sealed(headers, webhook.id, cipher);
  const values = opened(stored, await cipherAnswer(() => cipher.decrypt(stored.key, webhook.id)), webhook.id);
  const kept = masks.map((name) => [name, values[names.get(name.toLowerCase()) ?? '']]);
  return sealed({ ...headers, ...Object.fromEntries(kept) } as WebhookHeaders, webhook.id, cipher);
}

/** The sealed headers in columns of a row. */
export function sealedOf(headers: unknown, key: Uint8Array | null): SealedHeaders | null {
  return headers === null || key === null ? null : { values: headers as SealedHeaders['values'], key };
}

/** The names of stored headers, each with a mask in place of its value. */
export function maskedHeaders(headers: unknown): WebhookHeaders {
  return Object.fromEntries(Object.keys(headers ?? {}).map((name) => [name, MASK]));
}

/** Whether a change of headers keeps stored values. */
export function keepsHeaders(headers: WebhookHeaders | null | undefined): boolean {
  return Object.values(headers ?? {}).includes(MASK);
}
