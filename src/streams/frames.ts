import type { Language } from '../translations/accepted-language.js';
import { inLanguage } from '../translations/in-language.js';
import { text, type Phrase } from '../translations/phrase.js';
import type { CloseReason } from './stream-closed.event.js';

/**
 * Texts of server-sent events ("Server-sent events" in the HTML Standard).
 */

/** A comment, which clients ignore. It keeps proxies from closing the connection. */
export const HEARTBEAT = ': heartbeat\n\n';

/**
 * An event of a user. `data` is the body that receivers get. A body with line breaks has several lines, which clients join with
 * `\n`: JSON has line breaks only between its tokens.
 */
export function eventFrame(id: string, type: string, payload: string): string {
  const data = /[\r\n]/.test(payload) ? payload.split(/\r\n|\r|\n/).join('\ndata: ') : payload;
  return `id: ${id}\nevent: ${type}\ndata: ${data}\n\n`;
}

/** The place of a stream without an event: clients send it when they connect again. */
export function placeFrame(id: string): string {
  return `id: ${id}\n\n`;
}

/** The time after which a client connects again, in milliseconds. */
export function retryFrame(retryMs: number): string {
  return `retry: ${Math.round(retryMs)}\n\n`;
}

/** Why the server ends a stream. The client may connect again, except after `UNAUTHORIZED`. */
const ENDINGS: Record<Exclude<CloseReason, 'client'>, { code: string; message: Phrase }> = {
  'slow-reader': {
    code: 'SLOW_READER',
    message: text('The stream was read too slowly. Connect again with Last-Event-ID: it goes on after the last event.'),
  },
  unauthorized: { code: 'UNAUTHORIZED', message: text('The credentials of this stream are not valid any more.') },
  shutdown: {
    code: 'SERVICE_UNAVAILABLE',
    message: text('This process stops. Connect again with Last-Event-ID: the stream goes on after the last event.'),
  },
};

/** The last event of a stream that the server ends. It has no id: the place of the client stays. */
export function endFrame(reason: keyof typeof ENDINGS, language: Language = 'en'): string {
  const { code, message } = ENDINGS[reason];
  return `event: error\ndata: ${JSON.stringify({ error: { code, message: inLanguage(message, language) } })}\n\n`;
}

/** A comment that tells of a gap. Clients ignore it; people see it. */
export function gapFrame(language: Language): string {
  return `: ${inLanguage(GAP, language)}\n\n`;
}

const GAP = text('events after Last-Event-ID may be missing: their retention is over');
