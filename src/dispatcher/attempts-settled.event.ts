import type { SettledAttempt } from '../queue/outbox.js';

/** Attempts were recorded. */
export class AttemptsSettledEvent {
  static readonly eventName = 'attempts.settled';

  constructor(readonly attempts: readonly SettledAttempt[]) {}
}
