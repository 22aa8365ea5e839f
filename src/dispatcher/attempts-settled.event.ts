import type { SettledAttempt } from '../deliveries/outbox.js';

/** Attempts were recorded. */
export class AttemptsSettledEvent {
  static readonly eventName = 'attempts.settled';

  constructor(readonly attempts: readonly SettledAttempt[]) {}
}
