import * as fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import type { ApiDocument } from './api-document.js';
import { headerName, headerValue } from './header-mutations.js';
import type { WireRequest } from './plan.js';

/** Stands for a valid key where the bytes of a request are made up. */
export const KEY_PLACEHOLDER = '<key>';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'LOCK', 'QUERY'];

/** Requests within the grammar of HTTP that have nothing to do with the document but for parts of its paths. */
export function garbage(document: ApiDocument): Arbitrary<WireRequest> {
  const words = [...new Set(document.operations.flatMap(({ path }) => path.split('/')))];
  const segment = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...words, '*', '..') },
    fc.stringMatching(/^[!$%&'()*+,.:;=@\w~-]{0,12}$/),
  );
  const bytes = fc.oneof(fc.constant(undefined), fc.uint8Array({ maxLength: 200 }));
  return fc
    .record({
      method: fc.constantFrom(...METHODS),
      path: fc.array(segment, { maxLength: 6 }),
      query: fc.option(fc.stringMatching(/^[!#$%&'()*+,./:;=?@[\]\w~|^-]{0,30}$/), { nil: undefined }),
      key: fc.boolean(),
      headers: fc.array(fc.tuple(headerName, headerValue), { maxLength: 5 }),
      type: fc.option(fc.constantFrom('application/json', 'text/plain', 'application/octet-stream'), {
        nil: undefined,
      }),
      body: bytes,
    })
    .map(({ method, path, query, key, headers, type, body }) => ({
      method,
      target: `/${path.join('/')}${query === undefined ? '' : `?${query}`}`,
      headers: [
        ...(key ? [['authorization', `Bearer ${KEY_PLACEHOLDER}`] as [string, string]] : []),
        ...(type === undefined ? [] : [['content-type', type] as [string, string]]),
        ...headers,
      ],
      body: body && Buffer.from(body),
    }));
}

const EVENT = '{"event":"extraction.completed","userId":"uid_nobody","extractionId":"x","data":{}}';
const AUTHORIZED = `Host: x\r\nAuthorization: Bearer ${KEY_PLACEHOLDER}\r\n`;
const POSTED = `POST /v1/events HTTP/1.1\r\n${AUTHORIZED}Content-Type: application/json\r\n`;

/** Requests as they should be, as text. */
const REQUESTS = [
  `GET /v1/webhooks HTTP/1.1\r\n${AUTHORIZED}\r\n`,
  `GET /v1/webhooks/deliveries?limit=1 HTTP/1.0\r\n${AUTHORIZED}Connection: keep-alive\r\n\r\n`,
  `${POSTED}Content-Length: ${EVENT.length}\r\n\r\n${EVENT}`,
  `${POSTED}Transfer-Encoding: chunked\r\n\r\n${EVENT.length.toString(16)}\r\n${EVENT}\r\n0\r\n\r\n`,
  `${POSTED}Expect: 100-continue\r\nContent-Length: ${EVENT.length}\r\n\r\n${EVENT}`,
];

/** Lines that frame a message, or that Node answers itself. */
const LINES = [
  'Host: y',
  'Content-Length: 0',
  'Content-Length: -1',
  'Content-Length: 5, 5',
  'Content-Length: 99999999999999999999',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: gzip',
  'Transfer-Encoding: chunked, identity',
  'Expect: 200-ok',
  'Upgrade: websocket',
  'Connection: upgrade',
  'Connection: close, upgrade',
  'Upgrade: h2c',
  ' folded: line',
  ': no name',
  'no colon',
  'x\u0000y: z',
  `x: ${'a'.repeat(20_000)}`,
];

type Edit = (text: string) => string;

const edits: Arbitrary<Edit> = fc.oneof(
  fc.constantFrom(...LINES).map(
    (line): Edit =>
      (text) =>
        text.replace('\r\n', () => `\r\n${line}\r\n`),
  ),
  fc.nat().map(
    (at): Edit =>
      (text) =>
        text.slice(0, at % (text.length + 1)),
  ),
  fc.constantFrom('\n', '\r', ' ', '\t', ':', '\u0000', '\u00ff', '\r\n', '\r\n\r\n').chain((sign) =>
    fc.nat().map(
      (at): Edit =>
        (text) =>
          text.slice(0, at % (text.length + 1)) + sign + text.slice(at % (text.length + 1)),
    ),
  ),
  fc.tuple(fc.nat(), fc.integer({ min: 1, max: 4 })).map(([at, count]): Edit => (text) => {
    const begin = at % text.length;
    return text.slice(0, begin) + text.slice(begin + count);
  }),
  fc
    .constantFrom(
      'CONNECT x:1',
      'OPTIONS *',
      'GET http://x/v1/webhooks',
      'POST http://x/%761/events',
      'POST /v%31/events',
      'GET *',
      'PRI *',
      'GET //',
      'GET x',
      'get /',
      'GET /\u00e9',
    )
    .map(
      (start): Edit =>
        (text) =>
          text.replace(/^\S+ \S+/, () => start),
    ),
  fc.constantFrom('HTTP/0.9', 'HTTP/2.0', 'HTTP/1.2', 'HTTP/1', 'ICAP/1.0', '').map(
    (version): Edit =>
      (text) =>
        text.replace(/HTTP\/1\.[01]/, () => version),
  ),
  fc.constant<Edit>((text) => text.replace('Host: x\r\n', '')),
  fc.constant<Edit>((text) => text.repeat(3)),
);

/** Bytes that are a request no client would send, several at once, or none. */
export const bytes: Arbitrary<string> = fc.oneof(
  { weight: 1, arbitrary: fc.uint8Array({ minLength: 1 }).map((random) => Buffer.from(random).toString('latin1')) },
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.constantFrom(...REQUESTS), fc.array(edits, { minLength: 1, maxLength: 2 }))
      .map(([request, changes]) => changes.reduce((text, change) => change(text), request)),
  },
);
