import { finderOf, keptBody, verifyRequest, type SecretSource, type WebhookRequest } from './verified-request.js';
import type { VerifyWebhookOptions } from './verify-webhook.js';

/** The part of Nest's `ExecutionContext` that the guard needs. Nest is not imported. */
interface HttpContext {
  getType(): string;
  switchToHttp(): { getRequest(): unknown };
}

/** A guard, as Nest's `CanActivate`. */
export interface WebhookGuard {
  canActivate(context: HttpContext): Promise<boolean>;
}

/**
 * A guard for Nest, on Express and on Fastify. It needs `NestFactory.create(AppModule, { rawBody: true })`:
 *
 * ```ts
 * @Post('webhooks/docmap')
 * @UseGuards(webhookGuard(() => process.env.DOCMAP_WEBHOOK_SECRET))
 * receive(@Body() event: WebhookEvent) {}
 * ```
 *
 * `@Body()` is the verified event. Nest answers 401 to a request that is not genuine or not recent.
 *
 * @param secret the secret or public key of the webhook, or a function that finds it for a request
 */
export function webhookGuard<Request extends WebhookRequest>(
  secret: SecretSource<Request>,
  options?: VerifyWebhookOptions,
): WebhookGuard {
  const find = finderOf(secret);
  return {
    async canActivate(context) {
      if (context.getType() !== 'http') throw new TypeError('webhookGuard is for HTTP routes');
      const request = context.switchToHttp().getRequest() as Request;
      const body = keptBody({ headers: request.headers, rawBody: request.rawBody });
      if (body === undefined) {
        throw new TypeError('request.rawBody is missing: NestFactory.create needs { rawBody: true }');
      }
      await verifyRequest(request, body, find, options);
      return true;
    },
  };
}
