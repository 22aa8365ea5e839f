import Fastify, { type FastifyInstance } from 'fastify';
import { verify, WebhookVerificationError } from './verify-with-library.js';

/** @param keep stores the event unless it has one with this id; see "Drop repeats" */
export function createReceiver(secret: string, keep: (id: string, event: unknown) => Promise<void>): FastifyInstance {
  const app = Fastify();
  // A scope of its own, so that other routes go on getting parsed JSON.
  app.register(async (scope) => {
    scope.addContentTypeParser(
      'application/json',
      { parseAs: 'buffer' },
      async (_request: unknown, body: Buffer) => body,
    );
    scope.post<{ Body: Buffer }>('/webhooks/docmap', async ({ body, headers }, reply) => {
      let event: unknown;
      try {
        event = verify(body, headers, secret);
      } catch (error) {
        if (!(error instanceof WebhookVerificationError)) throw error; // Your secret is missing: Fastify answers 500.
        return reply.code(401).send();
      }
      await keep(String(headers['webhook-id']), event);
      return reply.code(204).send();
    });
  });
  return app;
}
