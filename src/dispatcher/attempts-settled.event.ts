import type { SettledAttempt } from '../queue/outbox.types.js';

/**
 * A batch of attempts was recorded: they are in the log. Refused attempts are left out, because their leases were lost. If the
 * database commits a batch and its answer is lost, the repeated batch is refused, and these attempts are missing here.
 */
export class AttemptsSettledEvent {
  static readonly eventName = 'attempts.settled';

  constructor(readonly attempts: readonly SettledAttempt[]) {}
}
