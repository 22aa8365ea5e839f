import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { DomainError } from '../common/domain-error.js';
import { MayBeAbsent, OneOf } from '../common/validation.js';
import type { Webhook } from '../generated/prisma/client.js';
import { PUBLIC_KEY } from '../verify/ed25519-keys.js';
import { text } from '../translations/phrase.js';

/** The kinds of signatures: with a secret that the receiver shares, or with a private key of the service. */
export const SIGNATURES = ['hmac-sha256', 'ed25519'] as const;
export type WebhookSignature = (typeof SIGNATURES)[number];

type KeyRow = Pick<Webhook, 'publicKey'>;

/** Declares a field of a request that has a kind of signature: its rule and its schema. */
export function SignatureField() {
  return applyDecorators(
    MayBeAbsent(),
    OneOf(SIGNATURES, text('a kind of signature')),
    ApiPropertyOptional({ enum: SIGNATURES, example: 'hmac-sha256' }),
  );
}

/** The kind of signature of a row: only Ed25519 has a public key. */
export function signatureOf({ publicKey }: KeyRow): WebhookSignature {
  return publicKey === null ? 'hmac-sha256' : 'ed25519';
}

/** The public key in the form of Standard Webhooks: `whpk_` and the base64 of its bytes. */
export function publicKeyText({ publicKey }: KeyRow): string | null {
  return publicKey && PUBLIC_KEY + Buffer.from(publicKey).toString('base64');
}

/**
 * Refuses another kind of signature: the receiver would refuse each request until its code has changed.
 *
 * @throws DomainError `VALIDATION_ERROR`
 */
export function requireSameSignature(webhook: KeyRow, signature: WebhookSignature | undefined): void {
  const present = signatureOf(webhook);
  if (signature === undefined || signature === present) return;
  throw new DomainError(
    'VALIDATION_ERROR',
    text(
      'signature: a webhook keeps its kind of signature, here "{{present}}"; create another webhook with "{{signature}}" (POST webhooks). rotate-secret makes a new key of the same kind',
      { present, signature },
    ),
  );
}
