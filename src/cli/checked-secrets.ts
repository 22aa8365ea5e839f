import { text } from '../translations/phrase.js';
import type { VerificationSecret } from '../verify/checked-secrets.js';
import { PUBLIC_KEY } from '../verify/ed25519-keys.js';
import { checkSecret } from '../verify/verify-webhook.js';
import { CliUsageError } from './cli-error.js';

/** @throws CliUsageError if a secret or public key is missing or malformed */
export function checkSecrets(secrets: VerificationSecret): void {
  try {
    checkSecret(secrets);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    if ([secrets].flat().some((secret) => secret.startsWith(PUBLIC_KEY))) {
      throw new CliUsageError(text('A public key is whpk_ and the base64 of 32 bytes: this one is not'));
    }
    throw new CliUsageError(text('A secret is the 64 hex characters that the API returned: this one is not'));
  }
}
