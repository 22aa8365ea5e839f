import { setTimeout as sleep } from 'node:timers/promises';

/** The service sends a comment every 15 seconds: a silent connection is dead. */
const SILENCE_MS = 45_000;

/** The service refuses the request for good, for example 401 for a wrong key. */
export class StreamRefusedError extends Error {}

/**
 * Yields all events from a time on, and connects again after each break. Store the event and then its id, before you take the
 * next one.
 *
 * @param lastId the id that you have stored last
 * @throws StreamRefusedError
 */
export async function* events(url: string, apiKey: string, since: string, lastId?: string, retryMs = 3_000) {
  for (;;) {
    const headers = { authorization: `Bearer ${apiKey}`, ...(lastId === undefined ? {} : { 'last-event-id': lastId }) };
    try {
      for await (const { id, data } of messages(
        `${url}/v1/events/stream?since=${encodeURIComponent(since)}`,
        headers,
      )) {
        lastId = id;
        if (data !== '') yield { id, event: JSON.parse(data) as unknown };
      }
    } catch (error) {
      if (error instanceof StreamRefusedError) throw error; // For any other error, connect again.
    }
    await sleep(retryMs);
  }
}

/** The messages with an id, until the connection breaks. An empty line ends a message. */
async function* messages(url: string, headers: Record<string, string>) {
  const connection = new AbortController();
  const timer = setTimeout(() => connection.abort(), SILENCE_MS);
  try {
    const { status, body } = await fetch(url, { headers, signal: connection.signal });
    if (status >= 400 && status < 500 && status !== 429) throw new StreamRefusedError(`HTTP ${status}`);
    if (status !== 200 || body === null) return;
    const decoder = new TextDecoder();
    let rest = '';
    for await (const bytes of body) {
      timer.refresh();
      const texts = (rest + decoder.decode(bytes, { stream: true })).split('\n\n');
      rest = texts.pop() ?? '';
      for (const text of texts) {
        const values = (field: string): string[] =>
          text.split('\n').flatMap((line) => (line.startsWith(`${field}: `) ? line.slice(field.length + 2) : []));
        const [id] = values('id');
        if (id !== undefined) yield { id, data: values('data').join('\n') };
      }
    }
  } finally {
    clearTimeout(timer);
    connection.abort();
  }
}
