import { randomBytes } from 'node:crypto';

/** Generates a signing secret: 32 random bytes as 64 lower-case hex characters. */
export function newSigningSecret(): string {
  return randomBytes(32).toString('hex');
}
