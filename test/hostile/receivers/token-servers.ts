import { answers, drips, ends, floods, says, type Misbehaviour } from '../support/misbehaviour.js';

const INVALID = 'The authorization server gave no valid token';
const REFUSED = 'The authorization server issued no token';
const REJECTED = 'The authorization server rejected the client credentials';
const LATE = 'The authorization server did not answer in time';
const UNREACHABLE = 'The authorization server could not be reached';

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';
const VALID = { access_token: 'a-token-of-the-server', token_type: 'Bearer', expires_in: 3_600 };

function answering(name: string, body: unknown, error: string | null, status = '200 OK'): Misbehaviour {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return {
    name,
    behave: answers(status, ['content-type: application/json'], text),
    expected: { httpStatus: error === null ? 200 : null, error },
  };
}

/** A server that states a lifetime, as JSON text. Its token is used. */
function stating(lifetime: string): Misbehaviour {
  const body = `{"access_token":"a-token-of-the-server","token_type":"bearer","expires_in":${lifetime}}`;
  return answering(`states the lifetime ${lifetime.slice(0, 24)}`, body, null);
}

function failing(name: string, behave: Misbehaviour['behave'], error: string): Misbehaviour {
  return { name, behave, expected: { httpStatus: null, error } };
}

/**
 * Authorization servers that misbehave, each with the record of the webhook whose token they issue.
 *
 * @param elsewhere a URL that must get no request
 */
export function tokenServers(elsewhere: string): Misbehaviour[] {
  return [
    answering('is well-behaved', VALID, null),
    ...['-1', '0', '-1e308', '1e308', '1e999', '1.5', '"3600"', '"soon"', '""', '"-1"', 'null', '[]', '{}', 'true'].map(
      stating,
    ),
    stating(`"${'9'.repeat(5_000)}"`),
    ...['', 'null', '1', '"token"', '[]', '{}', '{', 'not JSON', '<html>', '\ufeff{}', '[['.repeat(4_000)].map((text) =>
      answering(`answers ${JSON.stringify(text.slice(0, 20))}`, text, INVALID),
    ),
    ...[
      undefined,
      null,
      7,
      '',
      ' ',
      'a b',
      'a\r\nx-injected: 1',
      'a\nb',
      'a\0b',
      'tökén',
      '토큰',
      'a\u007f',
      ['a'],
      { toString: 'a' },
    ].map((token) =>
      answering(`issues the token ${JSON.stringify(token)}`, { ...VALID, access_token: token }, INVALID),
    ),
    answering('issues a token of 8 KiB', { ...VALID, access_token: 'x'.repeat(8_192) }, null),
    answering('issues a longer token', { ...VALID, access_token: 'x'.repeat(8_193) }, INVALID),
    answering('issues a token of 1 MB', { ...VALID, access_token: 'x'.repeat(1_000_000) }, INVALID),
    answering('issues a token of 5 MB', { ...VALID, access_token: 'x'.repeat(5_000_000) }, INVALID),
    ...[undefined, null, '', 'mac', 'Bearer ', 'N_A', ['Bearer'], 1].map((type) =>
      answering(`issues a token of the type ${JSON.stringify(type)}`, { ...VALID, token_type: type }, INVALID),
    ),
    answering('issues a token of the type BEARER', { ...VALID, token_type: 'BEARER' }, null),
    answering('sends a prototype', `{"__proto__":${JSON.stringify(VALID)}}`, INVALID),
    ...['400 No', '401 No', '403 No'].map((status) => answering(`answers ${status}`, { ...VALID }, REJECTED, status)),
    answering('rejects the scope', { error: 'invalid_scope' }, 'The authorization server rejected the scope', '400 No'),
    answering('rejects with an object', { error: { toString: 1 } }, REJECTED, '400 No'),
    ...['404 No', '410 Gone', '418 No', '429 No', '500 No', '503 No', '999 No'].map((status) =>
      answering(`answers ${status}`, { ...VALID }, REFUSED, status),
    ),
    ...['301 No', '302 No', '303 No', '307 No', '308 No'].map((status) =>
      failing(`answers ${status} with a location`, answers(status, [`location: ${elsewhere}`]), REFUSED),
    ),
    failing('redirects to a metadata service', answers('302 No', ['location: http://169.254.169.254/']), REFUSED),
    failing('accepts and says nothing', () => undefined, LATE),
    failing('drips its headers', drips(HEAD, 'a: b\r\n'), LATE),
    failing('drips its body', drips(`${HEAD}content-length: 50000\r\n\r\n{"access_token":"`, 'x'), LATE),
    failing('sends a valid beginning, and no end', drips(`${HEAD}\r\n${JSON.stringify(VALID)}`, ' '), LATE),
    failing('floods its body', floods(`${HEAD}\r\n{"access_token":"`, 'x'), INVALID),
    failing('floods its headers', floods(HEAD, 'a: b\r\n'), UNREACHABLE),
    failing('breaks its body off', ends(`${HEAD}content-length: 5000\r\n\r\n${JSON.stringify(VALID)}`), INVALID),
    failing('answers without HTTP', says(Buffer.alloc(512, 0xa7)), UNREACHABLE),
    failing('closes at once', ends(), UNREACHABLE),
    failing('resets', (socket) => void socket.resetAndDestroy(), UNREACHABLE),
    { ...failing('says nothing to a TLS handshake', () => undefined, LATE), listener: 'https' },
    { ...failing('has a certificate of another host', answers('200 OK'), UNREACHABLE), listener: 'wrong host' },
    {
      ...failing('wants a client certificate', answers('200 OK'), UNREACHABLE),
      listener: 'wants a client certificate',
    },
  ];
}
