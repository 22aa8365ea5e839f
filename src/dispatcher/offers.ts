import type { LeaseTerms, NewEvent } from '../queue/outbox.js';

/** Events that are being stored, whose deliveries are to be leased straight away. */
export interface Offer {
  /** By `performance.now()`. */
  begun: number;
  /** Of their payloads. */
  bytes: number;
  /** How many events of each user. */
  events: ReadonlyMap<string, number>;
}

export function offerOf(events: readonly NewEvent[]): Offer {
  const ofUsers = new Map<string, number>();
  let bytes = 0;
  for (const { userId, payload } of events) {
    bytes += payload.length;
    ofUsers.set(userId, (ofUsers.get(userId) ?? 0) + 1);
  }
  return { begun: performance.now(), bytes, events: ofUsers };
}

/** The offers whose events are not stored yet: what is promised to them must not be promised again. */
export class OpenOffers {
  private readonly offers = new Map<LeaseTerms, Offer>();

  get isEmpty(): boolean {
    return this.offers.size === 0;
  }

  get bytes(): number {
    return this.sum(({ bytes }) => bytes);
  }

  /** How many events of a user are on their way. */
  eventsOf(userId: string): number {
    return this.sum(({ events }) => events.get(userId) ?? 0);
  }

  open(terms: LeaseTerms, offer: Offer): void {
    this.offers.set(terms, offer);
  }

  close(terms: LeaseTerms): Offer | undefined {
    const offer = this.offers.get(terms);
    this.offers.delete(terms);
    return offer;
  }

  private sum(of: (offer: Offer) => number): number {
    let sum = 0;
    for (const offer of this.offers.values()) sum += of(offer);
    return sum;
  }
}
