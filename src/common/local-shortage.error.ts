/**
 * The service, not the receiver, could not: it lacks file descriptors, sockets or memory, or can't reach a service that it
 * depends on, such as a KMS. No attempt is recorded or used up; the delivery is tried again soon.
 */
export class LocalShortageError extends Error {
  override readonly name = 'LocalShortageError';
}
