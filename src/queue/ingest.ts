import type { NewEvent, PublishRequest } from './outbox.types.js';

/** The events of some requests, and their recipients. */
export interface Ingest {
  /**
   * Every event with its request, its (type, user) pair and its number among the events of its user, from 1. With a demand of 10, a
   * webhook gets a lease on its deliveries of the events 1 to 10. If it subscribes to five of these events, five are leased: the
   * demand is a maximum.
   */
  events: { event: NewEvent; request: number; pair: number; number: number }[];
  /** Distinct (type, user) pairs; each is matched to webhooks once. */
  pairs: { type: string; userId: string }[];
}

export function ingestOf(requests: readonly PublishRequest[]): Ingest {
  const ingest: Ingest = { events: [], pairs: [] };
  const pairs = new Map<string, number>();
  const numbers = new Map<string, number>();
  for (const [request, { events }] of requests.entries()) {
    for (const event of events) {
      const { type, userId } = event;
      const key = `${type} ${userId}`;
      let pair = pairs.get(key);
      if (pair === undefined) {
        pair = ingest.pairs.push({ type, userId }) - 1;
        pairs.set(key, pair);
      }
      const number = (numbers.get(userId) ?? 0) + 1;
      numbers.set(userId, number);
      ingest.events.push({ event, request, pair, number });
    }
  }
  return ingest;
}
