import { createHash, randomBytes, randomUUID, type Hash } from 'node:crypto';
import type { Scope } from './caller.js';

/** The properties of a new key. */
export interface NewKey {
  /** The key itself, which is not stored. */
  key: string;
  userId: string;
  name: string;
  scopes: readonly Scope[];
  /** Null: never. */
  expiresAt: Date | null;
}

/** Generates a key: `dm_live_` and 256 random bits in hex. */
export function generateKey(): string {
  return `dm_live_${randomBytes(32).toString('hex')}`;
}

/** The hash that is stored instead of a key. SHA-256 without salt suffices for 256 random bits: no dictionary exists. */
export function hashOf(key: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(sha256(key).digest());
}

/** {@link hashOf} in hex. */
export function hexHashOf(key: string): string {
  return sha256(key).digest('hex');
}

function sha256(key: string): Hash {
  return createHash('sha256').update(key);
}

/** Makes the database row of a new key. */
export function newKey({ key, userId, name, scopes, expiresAt }: NewKey) {
  const prefix = key.slice(0, 12);
  return { id: randomUUID(), userId, name, prefix, keyHash: hashOf(key), scopes: [...scopes], expiresAt };
}
