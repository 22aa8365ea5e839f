import type { IncomingMessage } from 'node:http';
import type { VerificationSecret } from './checked-secrets.js';
import { checkSecret, verifyWebhook, type VerifyWebhookOptions } from './verify-webhook.js';

/** The largest body that the service sends is 256 KiB. Four times that leaves room for larger ones of a later version. */
const MAX_BODY_BYTES = 1_048_576;

/** A request of Node.js, as frameworks extend it. */
export type WebhookRequest = Pick<IncomingMessage, 'headers'> & { rawBody?: unknown; body?: unknown };

/** The secrets of a webhook, or a function that finds them for a request. */
export type SecretSource<Request> =
  VerificationSecret | ((request: Request) => VerificationSecret | undefined | Promise<VerificationSecret | undefined>);

/**
 * A function that finds the secrets of a request.
 *
 * @throws TypeError at once if the secret itself is given, and is missing or malformed
 */
export function finderOf<Request>(source: SecretSource<Request>): (request: Request) => Promise<VerificationSecret> {
  if (typeof source !== 'function') {
    checkSecret(source);
    return async () => source;
  }
  // A missing secret is an error of `verifyWebhook`.
  return async (request) => (await source(request)) ?? [];
}

/**
 * Verifies a request, and puts the verified event into `request.body`.
 *
 * @throws WebhookVerificationError if the request is not genuine or not recent
 */
export async function verifyRequest<Request extends WebhookRequest>(
  request: Request,
  body: string | Uint8Array,
  find: (request: Request) => Promise<VerificationSecret>,
  options: VerifyWebhookOptions | undefined,
): Promise<void> {
  request.body = verifyWebhook(body, request.headers, await find(request), options);
}

/** The bytes that a framework kept: `rawBody` of Nest and of serverless functions, or `body` of `express.raw()`. */
export function keptBody({ rawBody, body }: WebhookRequest): string | Uint8Array | undefined {
  return [rawBody, body].find((each) => typeof each === 'string' || each instanceof Uint8Array);
}

/** The body of a request is larger than any that the service sends. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
  readonly statusCode = 413;
  readonly status = 413;
  readonly expose = true;
}

/**
 * Reads the body of a request that nothing has read.
 *
 * @throws BodyTooLargeError above 1 MiB
 * @throws Error if the connection ends before the body does
 */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new BodyTooLargeError(`The body exceeds ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
