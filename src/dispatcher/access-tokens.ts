import { LRUCache } from 'lru-cache';
import type { Dispatcher } from 'undici';
import { untilAborted } from '../common/until-aborted.js';
import { AUTH_ERRORS } from '../queue/outcome-class.js';
import { DeadlineError } from './target-errors.js';
import { requestToken, TokenError, type TokenPurpose } from './token-request.js';

/** The limits of cached tokens: their number, and the characters of all of them. */
const MAX_TOKENS = 10_000;
const MAX_TOTAL_CHARACTERS = 16_777_216;
/** A token is not used in the last part of its lifetime: an attempt takes time, and clocks differ. */
const MARGIN_MS = 30_000;
/** The margin of a short lifetime, as its part. */
const MARGIN_PART = 0.1;
/**
 * The shortest time between token requests of a webhook in this process, after a failure, a useless renewal, or a token without a
 * lifetime. It protects authorization servers: a webhook may have many attempts per second.
 */
const SPACING_MS = 1_000;

/** Caches that forget after {@link SPACING_MS}. They read the clock at each call: by default lru-cache keeps a time for a while. */
const SPACING_CACHE = { max: MAX_TOKENS, ttl: SPACING_MS, ttlResolution: 0, perf: { now: () => performance.now() } };

interface KnownToken {
  value: string;
  /** A time of `performance.now()`. */
  usableUntil: number;
}

/**
 * The access tokens of webhooks, in memory only. Each is kept by the id of its authentication: a change of the authentication
 * needs another token.
 *
 * Invariants: an authentication has at most one token request under way. Attempts that need its token share this request. Each
 * attempt waits at most until its own deadline.
 */
export class AccessTokens {
  private readonly known = new LRUCache<string, KnownToken>({
    max: MAX_TOKENS,
    maxSize: MAX_TOTAL_CHARACTERS,
    sizeCalculation: ({ value }) => value.length,
  });
  private readonly failures = new LRUCache<string, TokenError>(SPACING_CACHE);
  /** The authentications whose token was renewed a moment ago. */
  private readonly renewals = new LRUCache<string, true>(SPACING_CACHE);
  /** The token requests under way. */
  private readonly requests = new Map<string, Promise<string>>();

  constructor(private readonly dispatcher: Dispatcher) {}

  /**
   * A token that is usable now.
   *
   * @throws TokenError, LocalShortageError, NotReadyError, or the reason of the attempt's end if it is not its deadline
   */
  async of(purpose: TokenPurpose): Promise<string> {
    const { auth, signal } = purpose;
    for (;;) {
      const known = this.usable(auth.id);
      if (known !== undefined) return known;
      const failure = this.failures.get(auth.id);
      if (failure) throw failure;
      try {
        return await untilAborted(signal, this.requests.get(auth.id) ?? this.startRequest(purpose));
      } catch (error) {
        if (signal.aborted) throw lateOr(signal.reason);
        // The attempt that led the request has ended before this one. This one leads or joins the next.
        if (!(error instanceof LeaderEndedError)) throw error;
      }
    }
  }

  /**
   * Another token in place of one that the receiver rejected.
   *
   * @returns undefined if there is no other: the token was renewed a moment ago, or the server issues the same
   * @throws the errors of {@link of}
   */
  async renewed(purpose: TokenPurpose, rejected: string): Promise<string | undefined> {
    const { id } = purpose.auth;
    if (this.known.get(id)?.value === rejected) {
      if (this.renewals.has(id)) return undefined;
      this.renewals.set(id, true);
      this.known.delete(id);
    }
    const value = await this.of(purpose);
    return value === rejected ? undefined : value;
  }

  private usable(id: string): string | undefined {
    const known = this.known.get(id);
    return known && performance.now() < known.usableUntil ? known.value : undefined;
  }

  private startRequest(purpose: TokenPurpose): Promise<string> {
    const { id } = purpose.auth;
    const request = this.requestAndKeep(purpose).finally(() => this.requests.delete(id));
    this.requests.set(id, request);
    return request;
  }

  private async requestAndKeep(purpose: TokenPurpose): Promise<string> {
    const { auth, signal } = purpose;
    const begin = performance.now();
    try {
      const { value, lifetimeMs } = await requestToken(purpose, this.dispatcher);
      const end = begin + lifetimeMs - Math.min(MARGIN_MS, lifetimeMs * MARGIN_PART);
      this.known.set(auth.id, { value, usableUntil: Math.max(end, performance.now() + SPACING_MS) });
      return value;
    } catch (error) {
      if (signal.aborted) throw new LeaderEndedError();
      if (error instanceof TokenError) this.failures.set(auth.id, error);
      throw error;
    }
  }
}

/** The attempt that led a token request has ended. */
class LeaderEndedError extends Error {}

function lateOr(reason: unknown): unknown {
  return reason instanceof DeadlineError ? new TokenError(AUTH_ERRORS.late) : reason;
}
