import type { Dispatcher } from 'undici';
import { isObject } from '../common/is-object.js';
import { AUTH_ERRORS } from '../queue/outcome-class.js';
import { attemptErrorOf, localErrorOf } from './attempt-error.js';
import { HttpExchange, type ReceivedAnswer } from './http-exchange.js';
import type { OAuth2Client } from './receiver-auth.js';
import { originAndPathOf } from './target.js';
import type { WebhookRequest } from './webhook-facts.js';

/** A token whose server states no lifetime that can be used (RFC 6749, section 5.1) is used for five minutes. */
const DEFAULT_LIFETIME_MS = 300_000;
/** A token is used for at most a day. */
const MAX_LIFETIME_MS = 86_400_000;
/** Visible ASCII characters: a token becomes part of a header. Receivers accept at least this much in few cases. */
const TOKEN = /^[\x21-\x7e]{1,8192}$/;
/** The statuses of RFC 6749, section 5.2, and 403, which some servers use in their place. */
const REJECTED = new Set([400, 401, 403]);

/** No access token. Its message is the error of the attempt. */
export class TokenError extends Error {
  override readonly name = 'TokenError';
}

/** An access token, as its server issued it. */
export interface IssuedToken {
  value: string;
  /** Milliseconds from the request on. Not negative. */
  lifetimeMs: number;
}

/** The request of an attempt whose webhook needs a token. */
export interface TokenPurpose {
  auth: OAuth2Client;
  request: Pick<WebhookRequest, 'userId' | 'headers'>;
  /** Ends the token request together with the attempt. */
  signal: AbortSignal;
}

/**
 * Requests an access token with the client credentials (RFC 6749, section 4.4). The connection follows the target policy and has
 * the limits of a request to a webhook: no redirects, 16 KiB of headers and of body.
 *
 * @throws TokenError, LocalShortageError, NotReadyError, or the reason of the signal
 */
export async function requestToken(purpose: TokenPurpose, dispatcher: Dispatcher): Promise<IssuedToken> {
  const { signal } = purpose;
  const exchange = exchangeFor(purpose);
  let answer: ReceivedAnswer;
  try {
    answer = await exchange.send(dispatcher);
  } catch (error) {
    signal.throwIfAborted();
    const localError = localErrorOf(error);
    if (localError) throw localError;
    // The status was received, and the body broke off.
    if (!exchange.received) throw connectionError(error);
    answer = exchange.received;
  }
  // A success whose body was cut off by the deadline is an answer for an exchange.
  signal.throwIfAborted();
  return tokenIn(answer);
}

function exchangeFor({ auth, request, signal }: TokenPurpose): HttpExchange {
  const { clientId, clientSecret, scope, tokenUrl, id } = auth;
  const credentials = `${formEncoded(clientId)}:${formEncoded(clientSecret)}`;
  const userAgent = request.headers['user-agent'];
  return new HttpExchange({
    ...originAndPathOf(tokenUrl, request.userId, id),
    method: 'POST',
    headers: {
      accept: 'application/json',
      // No compressed answers: their size after unpacking is unknown.
      'accept-encoding': 'identity',
      authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
      ...(userAgent === undefined ? {} : { 'user-agent': userAgent }),
    },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      ...(scope === undefined ? {} : { scope }),
    }).toString(),
    signal,
  });
}

/** RFC 6749, section 2.3.1: client id and secret are form-encoded before they become Basic credentials. */
function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}

function tokenIn({ status, data: { text, truncated } }: ReceivedAnswer): IssuedToken {
  const answer = truncated ? undefined : membersOf(text);
  if (status < 200 || status > 299) throw refusal(status, answer?.error);
  const { access_token: value, token_type: type, expires_in: seconds } = answer ?? {};
  if (typeof value !== 'string' || !TOKEN.test(value)) throw new TokenError(AUTH_ERRORS.invalid);
  if (typeof type !== 'string' || type.toLowerCase() !== 'bearer') throw new TokenError(AUTH_ERRORS.invalid);
  return { value, lifetimeMs: lifetimeOf(seconds) };
}

function refusal(status: number, error: unknown): TokenError {
  if (!REJECTED.has(status)) return new TokenError(AUTH_ERRORS.refused);
  return new TokenError(error === 'invalid_scope' ? AUTH_ERRORS.scope : AUTH_ERRORS.rejected);
}

function membersOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Some servers state the seconds as a text of digits. */
function lifetimeOf(seconds: unknown): number {
  const isText = typeof seconds === 'string' && /^\d{1,15}$/.test(seconds);
  if (typeof seconds !== 'number' && !isText) return DEFAULT_LIFETIME_MS;
  return Math.min(Math.max(Number(seconds) * 1_000, 0), MAX_LIFETIME_MS);
}

/** Coarse, as the errors of attempts: it does not tell why a server could not be reached. */
function connectionError(error: unknown): TokenError {
  const isRefused = attemptErrorOf(error) === 'target address is not allowed';
  return new TokenError(isRefused ? AUTH_ERRORS.address : AUTH_ERRORS.unreachable);
}
