import { Injectable } from '@nestjs/common';
import type { LeasedDeliveries, LeaseTerms, NewEvent } from './outbox.js';

/** Sends deliveries in this process. */
export interface Claimant {
  /**
   * Asks what it would send at once of the deliveries of these events.
   *
   * @returns nothing when it has enough to do; otherwise {@link Claimant.take} must follow
   */
  offer(events: readonly NewEvent[]): LeaseTerms | undefined;

  /** Hands over what was leased under its terms: nothing, when storing failed. */
  take(terms: LeaseTerms, leased: LeasedDeliveries): void;
}

/**
 * Straight to work: what is queued in a process that has free slots is stored already leased to it, and sent from its
 * memory. This saves the claim, with its commit; the row is the safety net, due again when the lease ends.
 */
@Injectable()
export class LocalClaimant {
  private claimant: Claimant | undefined;

  register(claimant: Claimant): void {
    this.claimant = claimant;
  }

  /**
   * Has events stored, with leases for this process where it wants any.
   *
   * @param store gets the terms, and tells what was leased under them
   */
  async leasing<Stored extends { leased: LeasedDeliveries }>(
    events: readonly NewEvent[],
    store: (terms: LeaseTerms | undefined) => Promise<Stored>,
  ): Promise<Stored> {
    const terms = this.claimant?.offer(events);
    let leased: LeasedDeliveries = { deliveries: [], now: 0 };
    try {
      const stored = await store(terms);
      ({ leased } = stored);
      return stored;
    } finally {
      if (terms) this.claimant?.take(terms, leased);
    }
  }
}
