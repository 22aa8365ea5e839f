import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { ERROR_STATUS, type ErrorCode } from './domain-error.js';
import { API_HEADERS } from './security-headers.js';

const CODE: ErrorCode = 'VALIDATION_ERROR';
const MESSAGES: Record<string, string> = {
  HPE_HEADER_OVERFLOW: 'The path and the headers are larger than 16 KiB.',
  ERR_HTTP_REQUEST_TIMEOUT: 'The request took too long to arrive.',
};

/** Responds to bytes that are no HTTP request, in the form of every error. Routes and filters never see these. */
export function answerUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const message = MESSAGES[error.code ?? ''] ?? 'This is not an HTTP/1.1 request.';
  const body = JSON.stringify({ error: { code: CODE, message } });
  const head = [
    `HTTP/1.1 ${ERROR_STATUS[CODE]} Bad Request`,
    `x-request-id: ${randomUUID()}`,
    ...Object.entries(API_HEADERS).map(([name, value]) => `${name}: ${value}`),
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  // Destroyed, not only half closed: the client might never close its side.
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}
