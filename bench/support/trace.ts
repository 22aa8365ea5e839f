import { HttpClient } from './http-client.js';
import { eventOf } from './events.js';
import { openLoop, type SendTimes } from './open-loop.js';
import { NOTE, type Arrival, type BenchReceiver } from './receiver.js';

/** When an event was sent. */
export interface SentEvent extends SendTimes {
  extractionId: string;
}

/** When an event was sent, and when it came to its receiver first. */
export interface TracedEvent extends SentEvent {
  userId: string;
  arrived: number;
}

/** Events at a steady rate, of users in turn. */
export interface Load {
  /** Events a second. */
  rate: number;
  seconds: number;
  users: readonly string[];
  /** Users whose receivers answer; all when left out. The others' events are not waited for. */
  traced?: (userId: string) => boolean;
}

/** Publishes events one by one at a steady rate, and follows those that come to webhooks below {@link NOTE}. */
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
 * Adds to each event when it came first.
 *
 * @throws Error when one did not arrive
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
