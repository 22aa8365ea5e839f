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

/** Who makes a request. */
export interface Caller {
  userId: string;
  /** The id of the key that authenticated the request. */
  keyId: string;
  scopes: readonly Scope[];
}
