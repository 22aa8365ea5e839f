import type { IncomingMessage } from 'node:http';
import { DomainError } from './domain-error.js';
import { text } from '../translations/phrase.js';

/**
 * Reads a body into memory.
 *
 * @param maxBytes maximum size; reading stops when a body exceeds it
 * @throws DomainError `PAYLOAD_TOO_LARGE`; the error of Node.js when the client disconnects
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const stop = (): void => {
      request.off('data', onData).off('end', onEnd).off('error', onError);
    };
    const onData = (chunk: Buffer): void => {
      length += chunk.length;
      chunks.push(chunk);
      if (length <= maxBytes) return;
      stop();
      reject(
        new DomainError('PAYLOAD_TOO_LARGE', text('The request body is larger than {{maxBytes}} bytes.', { maxBytes })),
      );
    };
    const onEnd = (): void => {
      stop();
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, length));
    };
    const onError = (error: Error): void => {
      stop();
      reject(error);
    };
    request.on('data', onData).on('end', onEnd).on('error', onError);
  });
}
