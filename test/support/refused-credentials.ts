import { randomUUID } from 'node:crypto';
import { ApiKeysRepository } from '../../src/auth/api-keys.repository.js';
import { generateKey, newKey } from '../../src/auth/new-key.js';
import type { TestApp } from './app.js';

export const CREDENTIAL_FAULTS = ['missing', 'invalid', 'expired'] as const;
export type CredentialFault = (typeof CREDENTIAL_FAULTS)[number];

/** Faulty `Authorization` headers, which no request may be served with; undefined for a request without one. */
export async function refusedCredentials(
  fault: CredentialFault,
  service: TestApp,
): Promise<Record<string, string | undefined>> {
  const { key } = service.api;
  if (fault === 'missing') {
    return {
      'no header': undefined,
      'an empty header': '',
      'no token': 'Bearer',
      'a valid key without its scheme': key,
      'a valid key in another scheme': `Basic ${key}`,
    };
  }
  if (fault === 'invalid') {
    return {
      'an unknown key': `Bearer ${generateKey()}`,
      'a text that is no key': 'Bearer eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl',
      'a valid key and one more character': `Bearer ${key}6`,
      'a revoked key': `Bearer ${await revokedKey(service)}`,
    };
  }
  return { 'an expired key': `Bearer ${await expiredKey(service)}` };
}

async function revokedKey(service: TestApp): Promise<string> {
  const api = await service.as(`uid_${randomUUID()}`);
  const { body } = await api.post('/v1/api-keys', { name: 'To be revoked', expiresIn: 'never' });
  await api.delete(`/v1/api-keys/${body.data.apiKey.id}`);
  return body.data.key as string;
}

/** The API creates no key that expires soon, so the test inserts the row. */
async function expiredKey({ app }: TestApp): Promise<string> {
  const key = generateKey();
  const userId = `uid_${randomUUID()}`;
  const expiresAt = new Date(Date.now() - 1_000);
  const row = newKey({ key, userId, name: 'Expired', scopes: ['webhooks', 'events:publish'], expiresAt });
  await app.get(ApiKeysRepository).createWithin(Infinity, row);
  return key;
}
