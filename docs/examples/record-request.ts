import { writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Records the last request. Express calls it before parsing: `express.raw({ type: 'application/json', verify: record })`. */
export function record(request: IncomingMessage, _response: ServerResponse, body: Buffer): void {
  const headers = Object.entries(request.headers).map(([name, value]) => `${name}: ${String(value)}\r\n`);
  writeFileSync('request.http', Buffer.concat([Buffer.from(`${headers.join('')}\r\n`), body]));
}
