/** What a key may do. `webhooks`: manage one's own webhooks, keys and log. `events:publish`: publish for any user. */
export const SCOPES = ['webhooks', 'events:publish'] as const;
export type Scope = (typeof SCOPES)[number];

/** Who makes a request. */
export interface Caller {
  userId: string;
  /** The id of the key used. */
  keyId: string;
  scopes: readonly Scope[];
}
