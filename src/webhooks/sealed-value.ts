import { isDeepStrictEqual } from 'node:util';
import { DomainError } from '../common/domain-error.js';
import { AesSecretCipher } from './aes-secret-cipher.js';
import { text, type Phrase } from '../translations/phrase.js';

/** The place of a sealed value. A value can't be moved to another webhook or name. */
export interface SealedPlace {
  webhookUuid: string;
  /** Distinguishes the values under one key. */
  name: string;
}

/**
 * Encrypts a value under a key of its webhook. The cipher of the service encrypts only the key: the cipher of a host may accept
 * only texts in the form of a signing secret.
 *
 * @param key 64 hex characters, as `newSigningSecret` makes them
 * @returns the encrypted value in base64
 */
export function sealedValue(value: string, key: string, place: SealedPlace): string {
  return Buffer.from(cipherOf(key).encrypt(value, boundTo(place))).toString('base64');
}

/** @throws Error if the value was encrypted under another key or for another place, or was changed */
export function openedValue(sealed: string, key: string, place: SealedPlace): string {
  return cipherOf(key).decrypt(Buffer.from(sealed, 'base64'), boundTo(place));
}

function cipherOf(key: string): AesSecretCipher {
  return new AesSecretCipher(Buffer.from(key, 'hex'));
}

function boundTo({ webhookUuid, name }: SealedPlace): string {
  return `${webhookUuid} ${name}`;
}

/** The message about a mask without a stored value. */
export function nothingKept(field: string): Phrase {
  return text('{{field}} has no stored value to keep: send the value itself', { field });
}

/**
 * Refuses to keep sealed values that were replaced after they were read.
 *
 * @param message says that they changed
 * @throws DomainError `SERVICE_UNAVAILABLE`
 */
export function requireUnchanged(message: Phrase, read: unknown, present: unknown): void {
  if (isDeepStrictEqual(read, present)) return;
  throw new DomainError('SERVICE_UNAVAILABLE', message, { retryAfterSeconds: 1 });
}
