import * as fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { hostileText } from './hostile.js';
import { onPlan, onWire, type Mutation } from './mutation.js';
import { reference } from './values.js';
import { fieldValue } from './wire.js';

/** The values that a header may have (RFC 9110, section 5.5). */
export const headerValue: Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '0',
    '-1',
    ',',
    '"',
    'close',
    'gzip, chunked',
    'bytes=0-1',
    '*',
    'a'.repeat(256),
    'a'.repeat(8_000),
    '\u00ff',
  ),
  fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) }),
  fc.string({ unit: fc.integer({ min: 0x80, max: 0xff }).map((code) => String.fromCharCode(code)) }),
);

/** Names of headers that servers interpret, and others, except those that frame the body. */
export const headerName: Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    'accept',
    'accept-encoding',
    'accept-language',
    'if-none-match',
    'if-match',
    'range',
    'x-request-id',
    'x-http-method-override',
    'x-forwarded-for',
    'x-forwarded-host',
    'forwarded',
    'origin',
    'cookie',
    'expect',
    'te',
    'via',
    'content-encoding',
    'host',
    'idempotency-key',
    'authorization',
    'traceparent',
    'accept-version',
    'access-control-request-method',
    'http2-settings',
  ),
  fc.stringMatching(/^[a-z0-9!#$%&'*+.^_`|~-]{1,20}$/).filter((name) => !FRAMING.has(name)),
);

const FRAMING = new Set(['content-length', 'transfer-encoding', 'connection', 'upgrade', 'trailer', 'keep-alive']);

/** Changes to the headers, credentials among them. */
export const headerMutations: Arbitrary<Mutation> = fc.oneof(
  fc
    .tuple(headerName, headerValue)
    .map(([name, value]) =>
      onWire(`a header ${name}`, (request) => ({ ...request, headers: [...request.headers, [name, value]] })),
    ),
  fc.nat().map((at) =>
    onWire('a header given twice', (request) => {
      const twice = request.headers[at % Math.max(1, request.headers.length)];
      return twice ? { ...request, headers: [...request.headers, twice] } : request;
    }),
  ),
  fc
    .oneof(hostileText, fc.constantFrom('again', 'and again'))
    // Judged by the bytes that are sent.
    .map((key) => fieldValue(key))
    .map((key) => onPlan('an odd Idempotency-Key', (plan) => ({ ...plan, headers: [['idempotency-key', key]] }))),
  fc
    .oneof(
      fc.constant(null),
      reference('Secret', true),
      fc
        .constantFrom(
          'Bearer',
          'Bearer ',
          'Basic YTpi',
          `Bearer dm_live_${'0'.repeat(64)}`,
          'Bearer dm_live_x',
          'Bearer a b',
          '',
        )
        .map((raw) => ({ raw })),
      headerValue.map((raw) => ({ raw })),
    )
    .map((token) => onPlan('other credentials', (plan) => ({ ...plan, token }))),
);
