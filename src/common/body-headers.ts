import type { IncomingMessage } from 'node:http';
import { DomainError } from './domain-error.js';

type Head = Pick<IncomingMessage, 'headers' | 'headersDistinct'>;

/** Whether the head of a request says that a body follows; its length is unknown when it comes in chunks. */
export function announcesBody({ headers }: Pick<Head, 'headers'>): boolean {
  return announcedLength({ headers }) !== 0;
}

/** The announced length of a body in bytes; NaN when it comes in chunks. */
export function announcedLength({ headers }: Pick<Head, 'headers'>): number {
  return headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : NaN;
}

/** Finds a fault in the type, the charset or the encoding of a body. */
export function mediaFault({ headers, headersDistinct }: Head): DomainError | undefined {
  const { 'content-type': type, 'content-encoding': encoding = '', 'transfer-encoding': coding = '' } = headers;
  if (!/^(?:[\s,]|identity)*$/i.test(encoding) || !/^(?:chunked)?$/i.test(coding)) {
    return unsupported(
      'The body must not be compressed: send it with neither "Content-Encoding" nor a transfer coding.',
    );
  }
  // The usual header needs no parsing.
  if (type === 'application/json' && headersDistinct['content-type']?.length === 1) return undefined;
  const [mediaType = '', ...parameters] = (type ?? '').split(';').map((part) => part.trim().toLowerCase());
  if (mediaType !== 'application/json' || headersDistinct['content-type']?.length !== 1) {
    return unsupported('The request body must be JSON: send it with "Content-Type: application/json".');
  }
  const charsets = parameters.filter((parameter) => parameter.startsWith('charset='));
  if (!charsets.every((charset) => /^charset=(?:utf-?8|"utf-?8")$/.test(charset))) {
    return unsupported(
      'The body must be UTF-8: send it with "Content-Type: application/json", without another charset.',
    );
  }
  return undefined;
}

function unsupported(message: string): DomainError {
  return new DomainError('UNSUPPORTED_MEDIA_TYPE', message);
}
