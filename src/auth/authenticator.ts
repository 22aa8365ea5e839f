import type { Caller } from './caller.js';

/**
 * Authenticates Bearer tokens. Provide your own implementation under this class to replace our API keys.
 */
export abstract class Authenticator {
  /**
   * Returns the caller that a token belongs to.
   *
   * @param token the text after `Bearer`
   * @param digest SHA-256 of the token in hex, for stores that keep hashes instead of tokens
   * @throws DomainError `UNAUTHORIZED`; its message says whether the token is invalid or expired
   */
  abstract authenticate(token: string, digest: string): Promise<Caller>;
}
