/** After this time a service of the host that was out of reach is asked again. */
const RETRY_MS = 2_000;

/** A request can't be made yet, for a reason that concerns its webhook only. Nothing was sent. */
export class NotReadyError extends Error {
  override readonly name = 'NotReadyError';

  /** @param settled resolves when it is worth trying again; never rejects */
  constructor(
    message: string,
    readonly settled: Promise<unknown> = retryPause(),
  ) {
    super(message);
  }
}

/** Resolves when it is worth asking again. */
export function retryPause(): Promise<unknown> {
  return new Promise((resolve) => setTimeout(resolve, RETRY_MS).unref());
}
