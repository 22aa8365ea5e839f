import type { AttemptOutcome } from '../queue/attempt-outcome.js';
import { MASK } from '../webhooks/webhook-headers.js';
import type { AccessTokens } from './access-tokens.js';
import { attemptErrorOf } from './attempt-error.js';
import type { TokenPurpose } from './token-request.js';
import { TokenError } from './token-request.js';

const UNAUTHORIZED = 401;
/** A shorter token is not hidden in responses: it could be a part of any word. It is no secret either. */
const MIN_HIDDEN_LENGTH = MASK.length;

/**
 * Makes an attempt with an access token. A token that the receiver rejects is renewed once within the attempt, and the request is
 * sent again. The receiver's last answer is then the outcome.
 *
 * @param attempt sends the request with a value of the header `authorization`
 * @throws LocalShortageError, NotReadyError, and the errors of `attempt`
 */
export async function sendWithToken(
  purpose: TokenPurpose,
  tokens: AccessTokens,
  attempt: (authorization: string) => Promise<AttemptOutcome>,
): Promise<AttemptOutcome> {
  const begin = performance.now();
  const timed = (outcome: AttemptOutcome): AttemptOutcome => {
    return { ...outcome, durationMs: Math.round(performance.now() - begin) };
  };
  const send = async (token: string): Promise<AttemptOutcome> => hiding(token, await attempt(`Bearer ${token}`));

  let outcome: AttemptOutcome | undefined;
  try {
    const token = await tokens.of(purpose);
    outcome = await send(token);
    if (outcome.response?.status !== UNAUTHORIZED || purpose.signal.aborted) return timed(outcome);
    const renewed = await tokens.renewed(purpose, token);
    return timed(renewed === undefined ? outcome : await send(renewed));
  } catch (error) {
    // The attempt has ended, or the server gave no token. A rejection by the receiver is the last answer nevertheless.
    if (error instanceof TokenError) return timed(outcome ?? failed(error.message));
    if (purpose.signal.aborted && error === purpose.signal.reason)
      return timed(outcome ?? failed(attemptErrorOf(error)));
    throw error;
  }
}

function failed(error: string): AttemptOutcome {
  return { response: null, error, durationMs: 0 };
}

/** An outcome without the token. A receiver may answer with the request that it got, and the log keeps its response. */
function hiding(token: string, outcome: AttemptOutcome): AttemptOutcome {
  const { response } = outcome;
  if (response === null || token.length < MIN_HIDDEN_LENGTH) return outcome;
  const hidden = (text: string): string => text.replaceAll(token, MASK);
  const headers = Object.entries(response.headers).map(([name, value]) => [name, hidden(value)]);
  return {
    ...outcome,
    response: {
      ...response,
      headers: Object.fromEntries(headers) as Record<string, string>,
      body: hidden(response.body),
    },
  };
}
