import express, { type Express } from 'express';
import { verify, WebhookVerificationError } from './verify-with-library.js';

/** @param keep stores the event unless it has one with this id; see "Drop repeats" */
export function createReceiver(secret: string, keep: (id: string, event: unknown) => Promise<void>): Express {
  const app = express();
  // For this route the bytes, not an object. An `app.use(express.json())` must come after it.
  const bytes = express.raw({ type: 'application/json', limit: '1mb' });
  app.post('/webhooks/docmap', bytes, (request, response, next) => {
    let event: unknown;
    try {
      event = verify(request.body ?? Buffer.alloc(0), request.headers, secret);
    } catch (error) {
      if (!(error instanceof WebhookVerificationError)) throw error; // Your secret is missing: Express answers 500.
      response.sendStatus(401);
      return;
    }
    void keep(String(request.headers['webhook-id']), event).then(() => response.sendStatus(204), next);
  });
  return app;
}
