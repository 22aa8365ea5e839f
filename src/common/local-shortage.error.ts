/**
 * An attempt failed because of this service, not because of the receiver. The service lacks file descriptors, sockets or
 * memory, or can't reach a dependency such as a KMS. No attempt is recorded or counted; the delivery is retried soon.
 */
export class LocalShortageError extends Error {
  override readonly name = 'LocalShortageError';
}
