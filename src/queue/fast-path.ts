import { Injectable } from '@nestjs/common';
import type { LeasedDeliveries, LeaseRequest, NewEvent } from './outbox.js';

/** Capacity that this process keeps for deliveries while they are stored. */
export interface Reservation {
  /** The lease under which the deliveries are stored. */
  readonly lease: LeaseRequest;

  /** Ends the reservation. Called once, with the deliveries that were leased: none if storing failed. */
  accept(leased: LeasedDeliveries): void;
}

/** Sends deliveries in this process. */
export interface Reserver {
  /**
   * Reserves capacity for the deliveries of these events.
   *
   * @returns undefined if there is none
   */
  reserve(events: readonly NewEvent[]): Reservation | undefined;
}

/**
 * The fast path: deliveries are stored already leased to the process that stores them, if it has capacity, and are sent
 * from its memory. This saves the claim and its commit. The row is the safety net: it is due again when its lease ends.
 */
@Injectable()
export class FastPath {
  /** The dispatcher of this process, if it has one. Written by `register`, once; read by `storing`. */
  private reserver: Reserver | undefined;

  register(reserver: Reserver): void {
    this.reserver = reserver;
  }

  /**
   * Has events stored, under a lease of this process if it has capacity.
   *
   * @param store gets the lease, and returns the deliveries that were leased
   */
  async storing<Stored extends { leased: LeasedDeliveries }>(
    events: readonly NewEvent[],
    store: (lease: LeaseRequest | undefined) => Promise<Stored>,
  ): Promise<Stored> {
    const reservation = this.reserver?.reserve(events);
    let leased: LeasedDeliveries = { deliveries: [], now: 0 };
    try {
      const stored = await store(reservation?.lease);
      ({ leased } = stored);
      return stored;
    } finally {
      reservation?.accept(leased);
    }
  }
}
