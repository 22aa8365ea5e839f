import type { IncomingMessage } from 'node:http';
import { DomainError } from './domain-error.js';
import { text, type Phrase } from '../translations/phrase.js';

type Head = Pick<IncomingMessage, 'headers' | 'headersDistinct'>;

/** Whether the headers of a request announce a body. A chunked body counts, although its length is unknown. */
export function announcesBody({ headers }: Pick<Head, 'headers'>): boolean {
  return announcedLength({ headers }) !== 0;
}

/** The announced length of a body in bytes. NaN for a chunked body. */
export function announcedLength({ headers }: Pick<Head, 'headers'>): number {
  return headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : NaN;
}

/** Checks the content type, charset and encoding of a body. Returns the error, or undefined if all are supported. */
export function mediaFault({ headers, headersDistinct }: Head): DomainError | undefined {
  const { 'content-type': type, 'content-encoding': encoding = '', 'transfer-encoding': coding = '' } = headers;
  if (!/^(?:[\s,]|identity)*$/i.test(encoding) || !/^(?:chunked)?$/i.test(coding)) {
    return unsupported(
      text('The body must not be compressed: send it with neither "Content-Encoding" nor a transfer coding.'),
    );
  }
  // Fast path: nearly every request has exactly this header.
  if (type === 'application/json' && headersDistinct['content-type']?.length === 1) return undefined;
  const [mediaType = '', ...parameters] = (type ?? '').split(';').map((part) => part.trim().toLowerCase());
  if (mediaType !== 'application/json' || headersDistinct['content-type']?.length !== 1) {
    return unsupported(text('The request body must be JSON: send it with "Content-Type: application/json".'));
  }
  const charsets = parameters.filter((parameter) => parameter.startsWith('charset='));
  if (!charsets.every((charset) => /^charset=(?:utf-?8|"utf-?8")$/.test(charset))) {
    return unsupported(
      text('The body must be UTF-8: send it with "Content-Type: application/json", without another charset.'),
    );
  }
  return undefined;
}

function unsupported(message: Phrase): DomainError {
  return new DomainError('UNSUPPORTED_MEDIA_TYPE', message);
}
