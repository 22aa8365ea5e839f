import { phraseOf, type Phrase } from '../translations/phrase.js';

/** An error for the person at the terminal. Its message is English; the phrase can be translated. */
abstract class TranslatedError extends Error {
  readonly phrase: Phrase;

  constructor(message: string | Phrase, options?: ErrorOptions) {
    super(String(message), options);
    this.phrase = phraseOf(message);
  }
}

/** The command can't do its work: exit code 1. */
export class CliError extends TranslatedError {
  override readonly name = 'CliError';
}

/** The command line, a setting or an input is wrong: exit code 2. */
export class CliUsageError extends TranslatedError {
  override readonly name = 'CliUsageError';
}

/** The server refused a request: exit code 1. */
export class ApiError extends CliError {
  /**
   * @param status the HTTP status
   * @param code the code of the error, such as `NOT_FOUND`
   */
  constructor(
    readonly status: number,
    readonly code: string,
    message: string | Phrase,
  ) {
    super(message);
  }
}
