import { Injectable } from '@nestjs/common';
import type { LeasedDeliveries, LeaseRequest, NewEvent } from './outbox.types.js';

/** Capacity that this process reserves for deliveries while they are stored. */
export interface Reservation {
  /** The lease under which the deliveries are stored. */
  readonly lease: LeaseRequest;

  /** Ends the reservation, and hands over the leased deliveries: none if storing failed. Called once. */
  end(leased: LeasedDeliveries): void;
}

/** The part of this process that sends deliveries. */
export interface Reserver {
  /**
   * Reserves capacity for the deliveries of these events.
   *
   * @returns undefined without free capacity
   */
  reserve(events: readonly NewEvent[]): Reservation | undefined;
}

/**
 * The fast path: a process with capacity stores deliveries under its own lease, and sends them from memory. This saves the
 * claim and its commit. If the process dies, the stored delivery is due again when its lease ends.
 */
@Injectable()
export class FastPath {
  /** The dispatcher of this process, if it has one. Written by `register`, once; read by `storing`. */
  private reserver: Reserver | undefined;

  register(reserver: Reserver): void {
    this.reserver = reserver;
  }

  /**
   * Stores events, under a lease of this process if it has capacity.
   *
   * @param store stores the events under the lease, and returns the leased deliveries
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
      reservation?.end(leased);
    }
  }
}
