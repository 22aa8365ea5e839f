import { verify, WebhookVerificationError } from './verify-with-library.js';

/** The parts of an event that REST APIs, HTTP APIs and function URLs have in common. */
interface HttpEvent {
  headers: Record<string, string | undefined>;
  body?: string | null;
  isBase64Encoded: boolean;
}

/**
 * `export const handler = createHandler(process.env.DOCMAP_WEBHOOK_SECRET!, keep);`
 *
 * @param keep stores the event unless it has one with this id; see "Drop repeats"
 */
export function createHandler(secret: string, keep: (id: string, event: unknown) => Promise<void>) {
  return async (request: HttpEvent): Promise<{ statusCode: number }> => {
    const body = Buffer.from(request.body ?? '', request.isBase64Encoded ? 'base64' : 'utf8');
    // Names are lower-case in HTTP APIs and function URLs only.
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
    );
    let event: unknown;
    try {
      event = verify(body, headers, secret);
    } catch (error) {
      if (!(error instanceof WebhookVerificationError)) throw error; // Your secret is missing: Lambda answers 5xx.
      return { statusCode: 401 };
    }
    await keep(String(headers['webhook-id']), event);
    return { statusCode: 204 };
  };
}
