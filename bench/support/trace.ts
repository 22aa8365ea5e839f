import { HttpClient } from './http-client.js';
import { eventOf } from './events.js';
import { openLoop, type SendTimes } from './open-loop.js';
import { NOTE, type Arrival, type BenchReceiver } from './receiver.js';

/** An event with the times of its request. */
export interface SentEvent extends SendTimes {
  extractionId: string;
}

/** A sent event with the time of its first arrival at the receiver. */
export interface TracedEvent extends SentEvent {
  userId: string;
  arrived: number;
}

/** Events at a steady rate. The users take turns. */
export interface Load {
  /** Events per second. */
  rate: number;
  seconds: number;
  users: readonly string[];
  /** Whether the user's receiver answers; true by default. Events of other users are not traced. */
  traced?: (userId: string) => boolean;
}

/** Publishes events one by one at a steady rate and traces their arrival at webhooks below {@link NOTE}. */
export async function traceEvents(
  client: HttpClient,
  receiver: BenchReceiver,
  { rate, seconds, users, traced = () => true }: Load,
): Promise<TracedEvent[]> {
  const events = Array.from({ length: Math.round(rate * seconds) }, (_, index) => {
    const userId = users[index % users.length] ?? '';
    const extractionId = `extract-${index}`;
    return { userId, extractionId, body: JSON.stringify(eventOf(userId, extractionId)) };
  });
  const expected = events.filter(({ userId }) => traced(userId)).length;
  await receiver.reset({ count: expected, path: NOTE });
  const [times] = await Promise.all([
    openLoop({ rate, count: events.length }, (index) => client.post('/v1/events', events[index]?.body ?? '')),
    receiver.reached(),
  ]);
  const sent = times.flatMap((time, index) => {
    const { userId = '', extractionId = '' } = events[index] ?? {};
    return traced(userId) ? [{ ...time, userId, extractionId }] : [];
  });
  return withArrivals(sent, await receiver.arrivals());
}

/**
 * Adds the time of the first arrival to each event.
 *
 * @throws Error when an event did not arrive
 */
export function withArrivals<Event extends SentEvent>(
  events: readonly Event[],
  arrivals: readonly Arrival[],
): (Event & { arrived: number })[] {
  const first = new Map<string, number>();
  for (const { extractionId, at } of arrivals) {
    if (!first.has(extractionId)) first.set(extractionId, at);
  }
  return events.map((event) => {
    const arrived = first.get(event.extractionId);
    if (arrived === undefined) throw new Error(`${event.extractionId} did not arrive`);
    return { ...event, arrived };
  });
}
