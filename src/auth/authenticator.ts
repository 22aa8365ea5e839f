import type { Caller } from './caller.js';

/**
 * Says who a Bearer token belongs to. Provide your own under this class to use other credentials than our API keys.
 */
export abstract class Authenticator {
  /**
   * @param token what stood behind `Bearer`
   * @param digest its SHA-256 in hex, by which it can be looked up where tokens are not kept themselves
   * @throws DomainError `UNAUTHORIZED` whose message says whether the token is invalid or expired
   */
  abstract authenticate(token: string, digest: string): Promise<Caller>;
}
