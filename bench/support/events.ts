/** The text of an event, which makes up most of its size. */
export const TEXT = 'x'.repeat(880);

/** The maximum number of events in a batch. */
export const BATCH_SIZE = 500;

/** An event whose delivery has a body of about 1 kB. */
export function eventOf(userId: string, extractionId: string): object {
  return { event: 'extraction.completed', userId, extractionId, data: { text: TEXT } };
}

/** The body that a receiver gets for {@link eventOf}. */
export const SAMPLE_BODY = JSON.stringify({
  type: 'extraction.completed',
  timestamp: new Date(0).toISOString(),
  data: { id: 'extract-00000000', text: TEXT },
});

/**
 * Request bodies with `count` events of one user, in batches.
 *
 * @param extractions the number of extractions, which take turns. Default: one for each event
 */
export function batchesOf(count: number, userId: string, extractions = count): string[] {
  const events = Array.from({ length: count }, (_, index) => eventOf(userId, `extract-${index % extractions}`));
  const bodies: string[] = [];
  for (let begin = 0; begin < count; begin += BATCH_SIZE) {
    bodies.push(JSON.stringify({ events: events.slice(begin, begin + BATCH_SIZE) }));
  }
  return bodies;
}

/** Runs all tasks, at most `limit` at a time. */
export async function atOnce<Task>(limit: number, tasks: readonly Task[], work: (task: Task) => Promise<unknown>) {
  let next = 0;
  await Promise.all(
    Array.from({ length: limit }, async () => {
      while (next < tasks.length) {
        const task = tasks[next] as Task;
        next += 1;
        await work(task);
      }
    }),
  );
}
