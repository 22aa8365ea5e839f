import { text } from '../translations/phrase.js';
import { checkSecret, type VerificationSecret } from '../verify/verify-webhook.js';
import { CliUsageError } from './cli-error.js';

/** @throws CliUsageError if a public key is malformed */
export function checkSecrets(secrets: VerificationSecret): void {
  try {
    checkSecret(secrets);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new CliUsageError(text('A public key is whpk_ and the base64 of 32 bytes: this one is not'));
  }
}
