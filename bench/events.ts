/** An event whose delivery has a body of about 1 kB. */
export function eventOf(userId: string, extractionId: string): object {
  return { event: 'extraction.completed', userId, extractionId, data: { text: 'x'.repeat(880) } };
}

/** What a receiver gets for {@link eventOf}. */
export const SAMPLE_BODY = JSON.stringify({
  type: 'extraction.completed',
  timestamp: new Date(0).toISOString(),
  data: { id: 'extract-00000000', text: 'x'.repeat(880) },
});

/** Splits so many events into batches of at most 500, as request bodies. */
export function batchesOf(count: number, userId: (index: number) => string): string[] {
  const events = Array.from({ length: count }, (_, index) => eventOf(userId(index), `extract-${index}`));
  const bodies: string[] = [];
  for (let begin = 0; begin < count; begin += 500) {
    bodies.push(JSON.stringify({ events: events.slice(begin, begin + 500) }));
  }
  return bodies;
}

/** Does all tasks, so many at a time. */
export async function atOnce<Task>(limit: number, tasks: readonly Task[], work: (task: Task) => Promise<void>) {
  const queue = [...tasks];
  await Promise.all(
    Array.from({ length: limit }, async () => {
      for (let task = queue.shift(); task !== undefined; task = queue.shift()) await work(task);
    }),
  );
}
