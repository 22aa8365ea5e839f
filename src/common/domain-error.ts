import { HttpException, HttpStatus } from '@nestjs/common';
import { phraseOf, type Phrase } from '../translations/phrase.js';

/**
 * Every error code of the API and its HTTP status. Codes are stable, because clients branch on them. The types require
 * a status for every code, and every error response goes through this table.
 */
export const ERROR_STATUS = {
  VALIDATION_ERROR: HttpStatus.BAD_REQUEST,
  MAX_WEBHOOKS_REACHED: HttpStatus.BAD_REQUEST,
  MAX_KEYS_REACHED: HttpStatus.BAD_REQUEST,
  UNAUTHORIZED: HttpStatus.UNAUTHORIZED,
  FORBIDDEN: HttpStatus.FORBIDDEN,
  NOT_FOUND: HttpStatus.NOT_FOUND,
  METHOD_NOT_ALLOWED: HttpStatus.METHOD_NOT_ALLOWED,
  CONFLICT: HttpStatus.CONFLICT,
  PAYLOAD_TOO_LARGE: HttpStatus.PAYLOAD_TOO_LARGE,
  UNSUPPORTED_MEDIA_TYPE: HttpStatus.UNSUPPORTED_MEDIA_TYPE,
  RATE_LIMITED: HttpStatus.TOO_MANY_REQUESTS,
  INTERNAL_ERROR: HttpStatus.INTERNAL_SERVER_ERROR,
  SERVICE_UNAVAILABLE: HttpStatus.SERVICE_UNAVAILABLE,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;

/** Optional parts of a {@link DomainError}. */
export interface DomainErrorOptions extends ErrorOptions {
  /** Seconds after which a retry makes sense. Sent as `Retry-After`. */
  retryAfterSeconds?: number;
  /**
   * Adds to an HTTP answer the route that helps. Callers of a service in process have no routes and don't see it.
   *
   * @param root the path before every route of the API, such as `/v1`
   */
  hint?: (root: string) => string | Phrase;
}

/**
 * An error for the caller. Its message is sent as it is, or in Korean: nothing internal belongs in it.
 *
 * It is an HttpException, so a route of a host application without our filter answers the same status and body.
 */
export class DomainError extends HttpException {
  override readonly name = 'DomainError';
  readonly retryAfterSeconds: number | undefined;
  readonly hint: DomainErrorOptions['hint'];
  /**
   * The message, which can be translated.
   *
   * @internal
   */
  readonly phrase: Phrase;

  /** @param message in English. A text that has no translation is the same in every language */
  constructor(
    readonly code: ErrorCode,
    message: string | Phrase,
    options: DomainErrorOptions = {},
  ) {
    const english = String(message);
    super({ error: { code, message: english } }, ERROR_STATUS[code], options);
    this.message = english;
    this.phrase = phraseOf(message);
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.hint = options.hint;
  }
}
