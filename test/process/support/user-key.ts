import { generateKey, newKey } from '../../../src/auth/new-key.js';
import type { Scope } from '../../../src/auth/caller.js';
import type { Session } from './session.js';

/** Adds a key of a user to the database of a service that runs as a process of its own. */
export async function addUserKey(
  session: Session,
  userId: string,
  scopes: Scope[],
): Promise<{ key: string; keyId: string }> {
  const key = generateKey();
  const row = newKey({ key, userId, name: userId, scopes, expiresAt: null });
  await session.query(
    'INSERT INTO api_keys (id, user_id, name, prefix, key_hash, scopes) VALUES ($1, $2, $3, $4, $5, $6)',
    [row.id, userId, row.name, row.prefix, Buffer.from(row.keyHash), scopes],
  );
  return { key, keyId: row.id };
}
