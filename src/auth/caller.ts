/**
 * The scopes of API keys.
 *
 * - `webhooks`: manage the user's own webhooks, keys and log.
 * - `events:publish`: publish events for any user.
 */
export const SCOPES = ['webhooks', 'events:publish'] as const;
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
