import { DomainError } from '../common/domain-error.js';

/**
 * The scopes of API keys.
 *
 * - `webhooks`: manage the user's own webhooks, keys and log.
 * - `events:publish`: publish events for any user.
 * - `admin`: manage the webhooks, keys and log of any user. It includes `webhooks`, and not `events:publish`.
 */
export const SCOPES = ['webhooks', 'events:publish', 'admin'] as const;
export type KeyScope = (typeof SCOPES)[number];

/** A permission of a caller. The authenticator of a host application may use further scopes. */
export type Scope = KeyScope | (string & {});

/** The identity of a request. */
export interface Caller {
  /** The owner of the webhooks, at least one character. */
  userId: string;
  /** The id of the key that authenticated the request. */
  keyId: string;
  scopes: readonly Scope[];
}

/**
 * Refuses an incomplete caller, as an authenticator makes it from a token without a subject. A query by an undefined user
 * would not be limited to one user.
 *
 * @throws TypeError that names the field. It is the fault of the application, not of its client
 */
export function checkCaller(caller: unknown): asserts caller is Caller {
  const { userId, keyId, scopes } = (caller ?? {}) as Partial<Record<keyof Caller, unknown>>;
  if (typeof userId !== 'string' || userId === '') throw new TypeError('The caller has no userId: it must be a text');
  if (typeof keyId !== 'string') throw new TypeError('The caller has no keyId: it must be a text');
  if (!Array.isArray(scopes)) throw new TypeError('The caller has no scopes: they must be an array of texts');
}

/** Whether a caller has a scope, or `admin`, which includes `webhooks`. */
export function hasScope({ scopes }: Pick<Caller, 'scopes'>, scope: Scope): boolean {
  return scopes.includes(scope) || (scope === 'webhooks' && scopes.includes('admin'));
}

/** Whether a caller may act for a user: for itself, or with the scope `admin` for anyone. */
export function mayActFor({ userId, scopes }: Caller, user: string): boolean {
  return userId === user || scopes.includes('admin');
}

/**
 * The user that a request is about.
 *
 * @param named the `userId` of the request. Undefined: the caller
 * @throws DomainError `FORBIDDEN` if the caller may not act for this user
 */
export function userOf(caller: Caller, named: string | undefined): string {
  if (named === undefined || mayActFor(caller, named)) return named ?? caller.userId;
  throw new DomainError('FORBIDDEN', 'userId names another user: only a key with the scope "admin" may act for it.');
}
