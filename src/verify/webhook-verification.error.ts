/**
 * Why a request is refused.
 *
 * - `missing-header`: `webhook-id`, `webhook-timestamp` or `webhook-signature` is missing or empty, or comes twice.
 * - `invalid-timestamp`: `webhook-timestamp` is not a number of seconds.
 * - `timestamp-too-old`, `timestamp-too-new`: it is further from the clock than the tolerance. Check the clock.
 * - `wrong-signature-kind`: no signature has the kind of the given secrets: `v1` for HMAC secrets, `v1a` for public keys.
 * - `no-matching-signature`: the body, the id, the timestamp or the secret differs from what was signed.
 * - `wrong-body-signature`: `x-docmap-signature` is there and does not match, although `webhook-signature` does.
 * - `invalid-body`: the signature is valid, and the body is not a JSON object in UTF-8.
 */
export type WebhookVerificationReason =
  | 'missing-header'
  | 'invalid-timestamp'
  | 'timestamp-too-old'
  | 'timestamp-too-new'
  | 'wrong-signature-kind'
  | 'no-matching-signature'
  | 'wrong-body-signature'
  | 'invalid-body';

/**
 * A request is not from the service, or it is too old. Answer 401. Express, Fastify and Nest answer 401 themselves, because
 * the error has the fields of an error of `http-errors`.
 */
export class WebhookVerificationError extends Error {
  override readonly name = 'WebhookVerificationError';
  readonly statusCode = 401;
  readonly status = 401;
  /** The message may be in the answer: it tells no secret. */
  readonly expose = true;

  constructor(
    readonly reason: WebhookVerificationReason,
    message: string,
  ) {
    super(message);
  }
}
