/** The command can't do its work: exit code 1. */
export class CliError extends Error {
  override readonly name = 'CliError';
}

/** The command line, a setting or an input is wrong: exit code 2. */
export class CliUsageError extends Error {
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
    message: string,
  ) {
    super(message);
  }
}
