import type { ReadableWritablePair, Transformer, TransformStreamDefaultController } from 'node:stream/web';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { text, type Phrase } from '../translations/phrase.js';
import type { ApiClient, Query } from './api-client.js';
import { ApiError, CliError } from './cli-error.js';
import type { StreamedEvent } from './forwarder.js';

const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 10_000;
/** The service sends a comment every 15 s. A connection that is silent for three of them is dead. */
const SILENCE_MS = 45_000;

interface StreamOptions {
  client: ApiClient;
  query: Query;
  signal: AbortSignal;
  /** The connection ended, and another one is tried. */
  onRetry: (reason: Phrase) => void;
  /** The stream is open, at first or again. */
  onOpen: () => void;
}

/**
 * Reads the events of the caller until the signal. After the end of a connection it opens another one, and resumes after the
 * last event. Each event comes at least once.
 *
 * @throws ApiError if the server refuses the request for good, CliError if it has no event stream
 */
export async function* streamEvents(options: StreamOptions): AsyncGenerator<StreamedEvent> {
  const { client, query, signal, onRetry, onOpen } = options;
  let lastEventId: string | undefined;
  // Without a last event, a new connection begins where the first one did.
  let since: string | undefined;
  let retryMs = FIRST_RETRY_MS;
  while (!signal.aborted) {
    try {
      const start = lastEventId === undefined ? { since } : {};
      const { body, date } = await open(client, { ...query, ...start }, lastEventId, signal);
      since ??= date;
      onOpen();
      retryMs = FIRST_RETRY_MS;
      for await (const event of messagesOf(body)) {
        lastEventId = event.id;
        yield event;
      }
      if (!signal.aborted) onRetry(text('the server closed the stream'));
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof CliError) || isFinal(error)) throw error;
      onRetry(error.phrase);
    }
    await sleep(retryMs, undefined, { signal }).catch(() => undefined);
    retryMs = Math.min(retryMs * 2, MAX_RETRY_MS);
  }
}

/** A refusal that another try does not change. */
function isFinal(error: CliError): boolean {
  return error instanceof ApiError && error.status < 500 && error.status !== 429;
}

async function open(client: ApiClient, query: Query, lastEventId: string | undefined, signal: AbortSignal) {
  try {
    return await client.openStream('events/stream', query, lastEventId, signal);
  } catch (error) {
    // An older server takes "stream" for the id of an event that it does not have.
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    throw new ApiError(
      404,
      error.code,
      text('{{url}} has no event stream: it is older than this program.', { url: client.url }),
    );
  }
}

/** The messages of a connection, until it ends, breaks or stays silent. */
async function* messagesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamedEvent> {
  const reader = body
    .pipeThrough(new TransformStream<Uint8Array, Uint8Array>(watchdog()))
    .pipeThrough(new TextDecoderStream() as unknown as ReadableWritablePair<string, Uint8Array>)
    .pipeThrough(new EventSourceParserStream())
    .getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const { id, event, data } = value;
      // Messages without an id are remarks of the server, such as the reason of a close.
      if (id !== undefined && id !== '') yield { id, type: event ?? 'message', body: data };
    }
  } catch (error) {
    throw new CliError(text('the connection broke: {{reason}}', { reason: (error as Error).message }), {
      cause: error,
    });
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** Ends a connection that is silent for too long. */
function watchdog(): Transformer<Uint8Array, Uint8Array> {
  let timer: NodeJS.Timeout | undefined;
  const watch = (controller: TransformStreamDefaultController<Uint8Array>): void => {
    clearTimeout(timer);
    timer = setTimeout(() => controller.error(new Error(`no byte for ${SILENCE_MS / 1_000} s`)), SILENCE_MS);
    timer.unref();
  };
  return {
    start: watch,
    transform(chunk, controller) {
      watch(controller);
      controller.enqueue(chunk);
    },
    flush: () => clearTimeout(timer),
  };
}
