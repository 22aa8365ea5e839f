import { Hono } from 'hono';
import { verify, WebhookVerificationError } from './verify-with-library.js';

/** @param keep stores the event unless it has one with this id; see "Drop repeats" */
export function createReceiver(secret: string, keep: (id: string, event: unknown) => Promise<void>): Hono {
  const app = new Hono();
  app.post('/webhooks/docmap', async (context) => {
    const body = Buffer.from(await context.req.arrayBuffer()); // not context.req.json()
    let event: unknown;
    try {
      event = verify(body, context.req.header(), secret);
    } catch (error) {
      if (!(error instanceof WebhookVerificationError)) throw error; // Your secret is missing: Hono answers 500.
      return context.body(null, 401);
    }
    await keep(String(context.req.header('webhook-id')), event);
    return context.body(null, 204);
  });
  return app;
}
