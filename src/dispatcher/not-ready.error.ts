/** The wait before an unavailable service of the host is called again. */
const RETRY_MS = 2_000;

/** A request can't be made yet, for a reason that affects its webhook only. Nothing was sent. */
export class NotReadyError extends Error {
  override readonly name = 'NotReadyError';

  /** @param mayRetry resolves when the next try may succeed; never rejects */
  constructor(
    message: string,
    readonly mayRetry: Promise<unknown> = retryPause(),
  ) {
    super(message);
  }
}

/** Resolves when the service may be called again. */
export function retryPause(): Promise<unknown> {
  return new Promise((resolve) => setTimeout(resolve, RETRY_MS).unref());
}
