import type { IncomingHttpHeaders } from 'node:http';
import { text, type Phrase } from '../translations/phrase.js';

type Hints = readonly (readonly [pattern: RegExp, hint: Phrase])[];

/** Common mistakes in the `Authorization` header. The first match counts. */
const HEADER_HINTS: Hints = [
  [/^dm_live_/i, text('the word Bearer and a space are missing before the key')],
  [/^bearer$/i, text('nothing follows the word Bearer, as when the variable with the key is empty')],
  [/^bearer +bearer/i, text('the word Bearer is there twice')],
  [/^bearer *:/i, text('no colon follows the word Bearer')],
  [/^bearer[^ ]/i, text('a space is missing after the word Bearer')],
  [/^bearer .*, *bearer/i, text('the header is there twice')],
  [/^bearer /i, text('there is white space inside the key')],
  [/./s, text('the header does not begin with the word Bearer')],
];

/** Common mistakes in a key. The first match counts. */
const KEY_HINTS: Hints = [
  [
    /^\W*(?:\$.*|\{\{.*|%\w+%|undefined|null|none|(?:(?:your|my)\w*|api)?[_-]?(?:key|token))\W*$/i,
    text('put the key in the place of this placeholder'),
  ],
  [/\.\.\.$|…$/, text('it is only the beginning of a key')],
  [/^\W|\W$/, text('send it without quotes, brackets or punctuation around it')],
  [/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, text('this is an id; the key itself begins with "dm_live_"')],
  [
    /^dm_live_/,
    text('after "dm_live_" a key has 30 to 64 letters or digits, and this one is cut off or has something added'),
  ],
  [/./s, text('keys of this service begin with "dm_live_", in lower case')],
];

/** Headers of other APIs for a key. */
const OTHER_HEADERS = ['x-api-key', 'api-key', 'apikey', 'x-auth-token', 'x-access-token'];

/** The message for a request without a Bearer token. It repeats nothing of the request, which may hold a secret. */
export function missingKeyMessage(headers: IncomingHttpHeaders, url = ''): Phrase {
  const elsewhere = OTHER_HEADERS.find((name) => headers[name] !== undefined);
  const hint =
    hintFor(HEADER_HINTS, headers.authorization ?? '') ??
    (elsewhere === undefined ? undefined : text('the header {{name}} is not read', { name: elsewhere })) ??
    (/[?&](?:api_?key|key|(?:access_)?token)=/i.test(url) ? text('a key in the query is not read') : undefined);
  return hint === undefined
    ? text('An API key is missing: send "Authorization: Bearer <key>".')
    : text('An API key is missing: send "Authorization: Bearer <key>"; {{hint}}.', { hint });
}

/** The message for a token that is no well-formed key. It repeats nothing of the token. */
export function malformedKeyMessage(token: string): Phrase {
  const hint = hintFor(KEY_HINTS, token) ?? '';
  return text('The API key is invalid: {{hint}}.', { hint });
}

function hintFor(hints: Hints, given: string): Phrase | undefined {
  return hints.find(([pattern]) => pattern.test(given))?.[1];
}
