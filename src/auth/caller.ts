/**
 * The scopes of API keys. `webhooks`: manage one's own webhooks, keys and log. `events:publish`: publish for any user.
 */
export const SCOPES = ['webhooks', 'events:publish'] as const;
export type KeyScope = (typeof SCOPES)[number];

/** What a caller may do. The authenticator of a host application may know other scopes than those of API keys. */
export type Scope = KeyScope | (string & {});

/** Who makes a request. */
export interface Caller {
  userId: string;
  /** The id of the key used. */
  keyId: string;
  scopes: readonly Scope[];
}
