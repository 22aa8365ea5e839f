import type { SettledAttempt } from '../deliveries/outbox.repository.js';

/** Attempts were recorded. */
export class AttemptsSettledEvent {
  static readonly eventName = 'attempts.settled';

  constructor(readonly attempts: readonly SettledAttempt[]) {}
}
