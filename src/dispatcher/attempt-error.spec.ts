import { describe, expect, it } from '@jest/globals';
import { AxiosError } from 'axios';
import * as fc from 'fast-check';
import { errors } from 'undici';
import { LocalShortageError } from '../common/local-shortage.error.js';
import { outcomeClassOf } from '../queue/outcome-class.js';
import { attemptErrorOf, localErrorOf } from './attempt-error.js';
import {
  DeadlineError,
  NameResolutionError,
  ProxiedTargetError,
  TargetRefusedError,
  TlsFloodError,
  UnaskedAnswerError,
  WebhookDeletedError,
} from './target-errors.js';

const withCode = (code: unknown): Error => Object.assign(new Error('10.0.0.1:22 said no'), { code });
const wrapped = (cause: unknown): Error => new Error('fetch failed', { cause });

const TIMEOUT = 'The operation was aborted due to timeout';
const REFUSED_TARGET = 'target address is not allowed';
const DNS = 'DNS lookup failed';
const DELETED = 'the webhook was deleted';
const UNKNOWN = 'request failed';

const CODES: [error: string, codes: string[]][] = [
  ['connection refused', ['ECONNREFUSED']],
  ['connection closed', ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']],
  ['connection failed', ['ETIMEDOUT', 'ENETUNREACH', 'EHOSTUNREACH', 'EADDRNOTAVAIL', 'UND_ERR_CONNECT_TIMEOUT']],
  ['TLS certificate expired or not yet valid', ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']],
  ['TLS certificate is for another host', ['ERR_TLS_CERT_ALTNAME_INVALID', 'HOSTNAME_MISMATCH']],
  [
    'TLS certificate not trusted',
    [
      'CERT_REVOKED',
      'CERT_UNTRUSTED',
      'CERT_REJECTED',
      'CERT_CHAIN_TOO_LONG',
      'CERT_SIGNATURE_FAILURE',
      'CRL_HAS_EXPIRED',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'SELF_SIGNED_CERT_IN_CHAIN',
      'UNABLE_TO_GET_ISSUER_CERT',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'ERROR_IN_CERT_NOT_AFTER_FIELD',
      'INVALID_CA',
      'INVALID_PURPOSE',
      'PATH_LENGTH_EXCEEDED',
    ],
  ],
  [
    'TLS handshake failed',
    [
      'EPROTO',
      'ERR_TLS_HANDSHAKE_TIMEOUT',
      'ERR_SSL_WRONG_VERSION_NUMBER',
      'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
      'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
    ],
  ],
  [
    'invalid HTTP response',
    [
      'HPE_INVALID_CONSTANT',
      'HPE_INVALID_HEADER_TOKEN',
      'HPE_UNEXPECTED_CONTENT_LENGTH',
      'HPE_SWITCHED_PROTOCOLS',
      'UND_ERR_HEADERS_OVERFLOW',
      'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
      'UND_ERR_RES_EXCEEDED_MAX_SIZE',
    ],
  ],
];

describe('The error in the log', () => {
  it.each([
    [new DeadlineError(), TIMEOUT],
    [new TargetRefusedError('10.0.0.1 is refused'), REFUSED_TARGET],
    [new NameResolutionError('internal-db.example.com has no address'), DNS],
    [new WebhookDeletedError('gone'), DELETED],
    [new TlsFloodError(), 'TLS handshake failed'],
    [new UnaskedAnswerError(), 'invalid HTTP response'],
  ])('of %p is "%s"', (error, words) => {
    expect(attemptErrorOf(error)).toBe(words);
    expect(attemptErrorOf(wrapped(error))).toBe(words);
    expect(attemptErrorOf(wrapped(wrapped(wrapped(error))))).toBe(words);
    expect(attemptErrorOf(new AggregateError([error]))).toBe(words);
  });

  it.each(CODES.flatMap(([words, codes]) => codes.map((code) => [code, words])))('of %s is "%s"', (code, words) => {
    expect(attemptErrorOf(withCode(code))).toBe(words);
    expect(attemptErrorOf(wrapped(withCode(code)))).toBe(words);
    expect(attemptErrorOf(wrapped(new AggregateError([withCode(code)])))).toBe(words);
    expect(attemptErrorOf({ code })).toBe(words);
  });

  it('of an error of undici has its meaning', () => {
    expect(attemptErrorOf(new errors.ConnectTimeoutError())).toBe('connection failed');
    expect(attemptErrorOf(new errors.HeadersOverflowError())).toBe('invalid HTTP response');
    expect(attemptErrorOf(new errors.ResponseContentLengthMismatchError())).toBe('invalid HTTP response');
    expect(attemptErrorOf(new errors.HTTPParserError('bad'))).toBe('invalid HTTP response');
    expect(attemptErrorOf(wrapped(new errors.HTTPParserError('bad')))).toBe('invalid HTTP response');
    expect(attemptErrorOf(new errors.SocketError('other side closed'))).toBe('connection closed');
  });

  it('of a broken body is the error of the connection when axios wraps it', () => {
    const broken = new AxiosError('The response body broke off');
    broken.cause = withCode('ECONNRESET');
    expect(attemptErrorOf(broken)).toBe('connection closed');
  });

  it('of several addresses is the first failure with a meaning', () => {
    const tried = [withCode('EWHAT'), withCode('ECONNREFUSED'), withCode('ENETUNREACH')];
    expect(attemptErrorOf(new AggregateError(tried))).toBe('connection refused');
    expect(attemptErrorOf(Object.assign(new AggregateError(tried), { code: 'ETIMEDOUT' }))).toBe('connection failed');
  });

  it.each([
    undefined,
    null,
    '',
    'ECONNREFUSED',
    404,
    Symbol('ECONNREFUSED'),
    {},
    [],
    new Error('connect ECONNREFUSED 10.0.0.1:22'),
    withCode('EWHAT'),
    withCode('XECONNREFUSED'),
    withCode('ECONNREFUSED_'),
    withCode(111),
    withCode(null),
    withCode(['ECONNREFUSED']),
    new AggregateError([]),
    { errors: 'ECONNREFUSED' },
    { cause: null, errors: null },
  ])('of %p is "request failed"', (error) => {
    expect(attemptErrorOf(error)).toBe(UNKNOWN);
  });

  it('is found in a circle and in a long chain of causes', () => {
    const first = withCode('EWHAT');
    const second = wrapped(first);
    first.cause = second;
    expect(attemptErrorOf(first)).toBe(UNKNOWN);
    second.cause = new AggregateError([first, second, withCode('EPIPE')]);
    expect(attemptErrorOf(first)).toBe('connection closed');
    const own = new Error('own');
    own.cause = own;
    expect(attemptErrorOf(own)).toBe(UNKNOWN);
    const chain = Array.from({ length: 1_000 }).reduce<Error>((error) => wrapped(error), withCode('EPIPE'));
    expect(attemptErrorOf(chain)).toBe('connection closed');
  });

  it.each([
    [new DeadlineError(), 'timeout'],
    [new NameResolutionError(), 'dns'],
    [withCode('ECONNREFUSED'), 'connect'],
    [withCode('EHOSTUNREACH'), 'connect'],
    [withCode('CERT_HAS_EXPIRED'), 'tls'],
    [withCode('ERR_TLS_CERT_ALTNAME_INVALID'), 'tls'],
    [withCode('SELF_SIGNED_CERT_IN_CHAIN'), 'tls'],
    [withCode('EPROTO'), 'tls'],
    [new TargetRefusedError(), 'refused-target'],
    [withCode('HPE_INVALID_CONSTANT'), 'response'],
    [withCode('ECONNRESET'), 'response'],
    [new ProxiedTargetError(503), 'proxy'],
    [new ProxiedTargetError(403), 'proxy'],
    [new WebhookDeletedError(), 'other'],
    [withCode('EWHAT'), 'other'],
  ])('has a text whose class the statistics know: %p is "%s"', (error, expected) => {
    expect(outcomeClassOf({ response: null, error: attemptErrorOf(error) })).toBe(expected);
  });

  it('is one of these phrases for any error: it has no address, port or name', () => {
    const phrases = [TIMEOUT, REFUSED_TARGET, DNS, DELETED, UNKNOWN, ...CODES.map(([words]) => words)];
    const code = fc.oneof(fc.string(), fc.constantFrom(...CODES.flatMap(([, codes]) => codes)));
    fc.assert(
      fc.property(fc.anything(), fc.string(), code, (cause, message, code) => {
        const error = Object.assign(new Error(message, { cause }), { code });
        expect(phrases).toContain(attemptErrorOf(error));
        expect(phrases).toContain(attemptErrorOf(cause));
      }),
    );
  });
});

describe('A shortage of this machine', () => {
  it.each(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM'])('is %s, at any depth of the error', (code) => {
    expect(localErrorOf(withCode(code))).toBeInstanceOf(LocalShortageError);
    expect(localErrorOf(wrapped(new AggregateError([withCode('ECONNREFUSED'), withCode(code)])))).toBeInstanceOf(
      LocalShortageError,
    );
  });

  it.each(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'XEMFILE', undefined])('is not %s', (code) => {
    expect(localErrorOf(withCode(code))).toBeUndefined();
  });
});
