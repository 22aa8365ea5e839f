import type { ApiClient, ApiResponse } from '../../support/api-client.js';

/** The asserted parts of an answer. */
export interface TimedAnswer {
  status: number;
  ms: number;
  retryAfter: string | null;
  error: { code: string; message: string } | undefined;
}

/** Waits for an answer and measures its time. */
export async function timed(
  answer: Promise<ApiResponse<{ error?: { code: string; message: string } }>>,
): Promise<TimedAnswer> {
  const begin = performance.now();
  const { status, headers, body } = await answer;
  return { status, ms: performance.now() - begin, retryAfter: headers.get('retry-after'), error: body.error };
}

/** Publishes an event and returns the outcome. */
export function publish(api: ApiClient): Promise<TimedAnswer> {
  const event = { event: 'extraction.completed', userId: 'uid_local', extractionId: 'extract-1', data: {} };
  return timed(api.post('/v1/events', event));
}
