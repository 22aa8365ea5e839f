import type { SendTimes } from './open-loop.js';
import type { Arrival } from './receiver.js';

/**
 * How long events took to their first arrival, in milliseconds.
 *
 * @param times when event number `i`, of the extraction `extract-i`, was sent
 * @param since which of its times counts
 * @throws Error when one did not arrive
 */
export function latenciesOf(
  times: readonly SendTimes[],
  arrivals: readonly Arrival[],
  since: (times: SendTimes) => number,
): number[] {
  const arrivedAt = new Map<string, number>();
  for (const { extractionId, at } of arrivals) {
    if (!arrivedAt.has(extractionId)) arrivedAt.set(extractionId, at);
  }
  return times.map((sent, index) => {
    const at = arrivedAt.get(`extract-${index}`);
    if (at === undefined) throw new Error(`Event ${index} of ${times.length} did not arrive`);
    return at - since(sent);
  });
}
