import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  finderOf,
  keptBody,
  readBody,
  verifyRequest,
  type SecretSource,
  type WebhookRequest,
} from './verified-request.js';
import type { VerifyWebhookOptions } from './verify-webhook.js';

type Next = (error?: unknown) => void;

/**
 * Middleware for Express and other frameworks with `(request, response, next)`. It reads the body, verifies the request, and
 * puts the event into `request.body`:
 *
 * ```ts
 * app.post('/webhooks/docmap', webhookMiddleware(process.env.DOCMAP_WEBHOOK_SECRET), handler);
 * app.use(express.json()); // After the route: it must not read the body first.
 * ```
 *
 * A body that `express.raw()` has read works too. A request that is not genuine or not recent goes to `next` with a
 * `WebhookVerificationError`, for which Express answers 401.
 *
 * @param secret the secret or public key of the webhook, or a function that finds it for a request
 */
export function webhookMiddleware<Request extends IncomingMessage & WebhookRequest>(
  secret: SecretSource<Request>,
  options?: VerifyWebhookOptions,
): (request: Request, response: ServerResponse, next: Next) => void {
  const find = finderOf(secret);
  return (request, _response, next) => {
    const verified = async () => verifyRequest(request, await bodyOf(request), find, options);
    verified().then(() => next(), next);
  };
}

async function bodyOf(request: IncomingMessage & WebhookRequest): Promise<string | Uint8Array> {
  const kept = keptBody(request);
  if (kept !== undefined) return kept;
  if (request.readableEnded || request.readableDidRead) {
    throw new TypeError('A body parser read the body first: use webhookMiddleware before express.json()');
  }
  return readBody(request);
}
