import { verify, WebhookVerificationError } from './verify-with-library.js';

/**
 * In `app/webhooks/docmap/route.ts`: `export const POST = createRoute(process.env.DOCMAP_WEBHOOK_SECRET!, keep);`
 *
 * @param keep stores the event unless it has one with this id; see "Drop repeats"
 */
export function createRoute(secret: string, keep: (id: string, event: unknown) => Promise<void>) {
  return async (request: Request): Promise<Response> => {
    const body = Buffer.from(await request.arrayBuffer()); // not request.json()
    let event: unknown;
    try {
      event = verify(body, Object.fromEntries(request.headers), secret);
    } catch (error) {
      if (!(error instanceof WebhookVerificationError)) throw error; // Your secret is missing: Next.js answers 500.
      return new Response(null, { status: 401 });
    }
    await keep(String(request.headers.get('webhook-id')), event);
    return new Response(null, { status: 204 });
  };
}
