import { signWebhook } from '../verify/index.js';

/** The deadline of a request, in milliseconds: that of the service. */
const TIMEOUT_MS = 10_000;
/** The part of an answer that is kept, in bytes: as in the log of the service. */
const MAX_ANSWER = 16_384;

/** An event of the stream. */
export interface StreamedEvent {
  id: string;
  type: string;
  /** The exact body of a request to a receiver. */
  body: string;
}

/** The result of a forwarded event. */
export interface Forwarded {
  /** The status of the answer, or null without an answer. */
  status: number | null;
  error: string | null;
  durationMs: number;
  /** The start of the body of the answer. */
  answer: string;
}

/** Sends an event to a local receiver, with the headers and signatures of the service. It never throws. */
export async function forward(
  { id, body }: StreamedEvent,
  { url, secret, signal }: { url: string; secret: string; signal: AbortSignal },
): Promise<Forwarded> {
  // The id of the event is the message id: a receiver drops an event that is forwarded again.
  const { headers } = signWebhook(body, secret, { id });
  const startedAt = performance.now();
  const elapsed = () => Math.round(performance.now() - startedAt);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'user-agent': 'docmap-webhooks listen' },
      body,
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    const durationMs = elapsed();
    return { status: response.status, error: null, durationMs, answer: await startOf(response) };
  } catch (error) {
    return { status: null, error: reasonOf(error), durationMs: elapsed(), answer: '' };
  }
}

async function startOf({ body }: Response): Promise<string> {
  if (!body) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= MAX_ANSWER) break;
  }
  return Buffer.concat(chunks).subarray(0, MAX_ANSWER).toString('utf8');
}

function reasonOf(error: unknown): string {
  const { name, message, cause } = error as Error & { cause?: { code?: string; message?: string } };
  if (name === 'TimeoutError') return 'The operation was aborted due to timeout';
  return cause?.code ?? cause?.message ?? message;
}
