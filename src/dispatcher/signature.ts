import type { KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { bodySignature, ed25519Signature, standardSignature, type SignedMessage } from '../verify/signatures.js';
import { privateKeyOf } from '../webhooks/signing-key.js';

/** Imported private keys, at most about 20 MiB. An import takes ten times as long as a signature. */
const privateKeys = new LRUCache<string, KeyObject>({ max: 10_000, memoMethod: privateKeyOf });

/**
 * Adds the headers with signatures, of the kind of the webhook.
 *
 * @param secrets HMAC secrets, or private keys as `privateKeyOf` reads them
 */
export function addSignatures(
  headers: Record<string, string>,
  message: SignedMessage,
  secrets: readonly string[],
  isEd25519: boolean,
): void {
  if (isEd25519) {
    const keys = secrets.map((secret) => privateKeys.memo(secret));
    headers['webhook-signature'] = ed25519Signature(message, keys);
    return;
  }
  headers['webhook-signature'] = standardSignature(message, secrets);
  headers['x-docmap-signature'] = bodySignature(message.body, secrets);
}
