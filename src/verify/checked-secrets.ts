import { PRIVATE_KEY, PUBLIC_KEY } from './ed25519-keys.js';

/** One secret or public key, or several: a request is valid if one of them verifies one of its signatures. */
export type VerificationSecret = string | readonly string[];

/** The smallest key of Standard Webhooks 1.0. A secret of the service decodes to 48 bytes. */
const MIN_KEY_BYTES = 24;

/**
 * The secrets and keys as a list. A key that is empty or can be guessed would let anyone sign.
 *
 * @throws TypeError if there is none, or if an HMAC secret is missing, too short or not base64
 */
export function checkedSecrets(secret: VerificationSecret): readonly string[] {
  const all: unknown = typeof secret === 'string' ? [secret] : (secret ?? []);
  if (!Array.isArray(all) || all.length === 0 || all.some((each) => typeof each !== 'string' || each === '')) {
    throw new TypeError('The secret of the webhook is missing: give the text that the API returned');
  }
  const texts = all as string[];
  if (texts.some((text) => !isPrefixed(text) && Buffer.from(text, 'base64').length < MIN_KEY_BYTES)) {
    throw new TypeError('The secret of the webhook is malformed: give the 64 hex characters that the API returned');
  }
  return texts;
}

function isPrefixed(text: string): boolean {
  return text.startsWith(PUBLIC_KEY) || text.startsWith(PRIVATE_KEY);
}
