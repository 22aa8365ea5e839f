import type { INestApplicationContext } from '@nestjs/common';
import { ApiKeysRepository } from '../../src/auth/api-keys.repository.js';
import type { Scope } from '../../src/auth/caller.js';
import { generateKey, newKey } from '../../src/auth/new-key.js';
import { ApiClient } from './api-client.js';

/** A client with a new key of a user, for an application that runs in this process. */
export async function clientOf(
  { app, url }: { app: INestApplicationContext; url: string },
  userId: string,
  scopes: Scope[] = ['webhooks', 'events:publish'],
): Promise<ApiClient> {
  const key = generateKey();
  await app
    .get(ApiKeysRepository)
    .createWithin(Infinity, newKey({ key, userId, name: userId, scopes, expiresAt: null }));
  return new ApiClient(url, key);
}
