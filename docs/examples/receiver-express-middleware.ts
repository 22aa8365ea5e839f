import { webhookMiddleware, type WebhookEvent } from 'docmap-webhooks/verify';
import express, { type Express } from 'express';

/** @param keep stores the event unless it has one with this id; see "Drop repeats" */
export function createReceiver(secret: string, keep: (id: string, event: WebhookEvent) => Promise<void>): Express {
  const app = express();
  // An `app.use(express.json())` must come after this route. Express answers 401 when the verification fails.
  app.post('/webhooks/docmap', webhookMiddleware(secret), (request, response, next) => {
    const event = request.body as WebhookEvent;
    void keep(String(request.headers['webhook-id']), event).then(() => response.sendStatus(204), next);
  });
  return app;
}
