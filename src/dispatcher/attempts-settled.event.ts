import type { SettledAttempt } from '../queue/outbox.types.js';

/** A batch of attempts was settled. It includes refused attempts, which are not in the log because their leases were lost. */
export class AttemptsSettledEvent {
  static readonly eventName = 'attempts.settled';

  constructor(readonly attempts: readonly SettledAttempt[]) {}
}
