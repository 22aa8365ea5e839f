import type { SettledAttempt } from '../queue/outbox.types.js';

/** A batch of attempts was settled. It includes attempts that are not recorded because their leases were lost. */
export class AttemptsSettledEvent {
  static readonly eventName = 'attempts.settled';

  constructor(readonly attempts: readonly SettledAttempt[]) {}
}
