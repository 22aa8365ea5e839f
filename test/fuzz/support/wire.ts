import { Agent, request, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import type { WireRequest } from './plan.js';

export interface WireAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

const ANSWER_TIMEOUT_MS = 20_000;
/** The wait for an answer to bytes that may be half a request. */
const SILENCE_MS = 30;

/** Sends requests one after the other over a kept connection, unchanged. */
export class Wire {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });

  /** @param url of the server */
  constructor(readonly url: string) {}

  /** @throws Error when no answer comes */
  async send(wire: WireRequest): Promise<WireAnswer> {
    const { method, target, body } = wire;
    const { host, hostname, port } = new URL(this.url);
    const headers = wire.headers.some(([name]) => name === 'host') ? wire.headers : [['host', host], ...wire.headers];
    const declared = headers.find(([name]) => name === 'content-length');
    const isFramed = body !== undefined || !['GET', 'HEAD'].includes(method);
    if (!declared && isFramed) headers.push(['content-length', String(body?.length ?? 0)]);
    return new Promise((resolve, reject) => {
      const outgoing = request({
        agent: this.agent,
        hostname,
        port,
        method,
        path: latin1(target),
        headers: headers.flatMap(([name, value = '']) => [
          name ?? '',
          fieldValue(value),
        ]) as unknown as IncomingHttpHeaders,
        setHost: false,
        timeout: ANSWER_TIMEOUT_MS,
      });
      outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${ANSWER_TIMEOUT_MS} ms`)));
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        // The server may close a kept connection at the moment of its next use.
        if (outgoing.reusedSocket && error.code === 'ECONNRESET') this.send(wire).then(resolve, reject);
        else reject(error);
      });
      outgoing.on('response', (response) => {
        if (method !== 'HEAD' && response.headers['content-type'] === 'text/event-stream') {
          // It has no end: its first bytes are the answer.
          response.on('error', () => undefined);
          response.once('data', (bytes: Buffer) => {
            outgoing.destroy();
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body: bytes.toString() });
          });
          return;
        }
        buffer(response).then((bytes) => {
          if (declared) outgoing.destroy();
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: bytes.toString() });
        }, reject);
      });
      if (declared) outgoing.flushHeaders();
      else outgoing.end(body);
    });
  }

  /** Sends malformed bytes and reads the answer. Ends after an answer, or after a time without one. */
  async sendBytes(bytes: Uint8Array): Promise<string> {
    const { hostname, port } = new URL(this.url);
    const socket = connect({ host: hostname, port: Number(port), timeout: ANSWER_TIMEOUT_MS, allowHalfOpen: true });
    socket.on('timeout', () => socket.destroy(new Error(`neither answer nor end within ${ANSWER_TIMEOUT_MS} ms`)));
    const silence = setTimeout(() => socket.end(), SILENCE_MS);
    socket.once('data', () => silence.refresh());
    socket.write(bytes);
    try {
      return await text(socket);
    } catch (error) {
      if (isReset(error)) return '';
      throw error;
    } finally {
      clearTimeout(silence);
    }
  }

  close(): void {
    this.agent.destroy();
  }
}

function isReset(error: unknown): boolean {
  return ['ECONNRESET', 'EPIPE'].includes(String((error as NodeJS.ErrnoException).code));
}

/** The request as a shell command. */
export function curlOf({ method, target, headers, body }: WireRequest, url: string): string {
  const parts = [
    `curl -i -X ${method} --path-as-is ${quoted(url + target)}`,
    ...headers.map(([name, value]) => `-H ${quoted(value === '' ? `${name};` : `${name}: ${value}`)}`),
    ...(body === undefined ? [] : [`--data-binary ${quoted(body.toString())}`]),
  ];
  return parts.join(' ');
}

function quoted(text: string): string {
  // oxlint-disable-next-line no-control-regex -- a shell's $'…' writes control characters as escapes
  if (!/[\u0000-\u001f'\\\u007f-\uffff]/.test(text)) return `'${text}'`;
  // oxlint-disable-next-line no-control-regex
  const escaped = text.replaceAll(/[\u0000-\u001f'\\\u007f-\uffff]/g, (sign) =>
    sign === "'" || sign === '\\' ? `\\${sign}` : `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `$'${escaped}'`;
}

/** The form of a value in a header, in which HTTP can't express a control character. */
export function fieldValue(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return latin1(text).replaceAll(/[\u0000-\u0008\u000a-\u001f\u007f]/g, '?');
}

/** Node's client refuses other letters. A shell would send the bytes of UTF-8. */
function latin1(text: string): string {
  return Buffer.from(text.toWellFormed()).toString('latin1');
}
