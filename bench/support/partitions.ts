import { uuidV7Floor } from '../../src/common/ids.js';
import type { DatabaseSession } from '../../src/database/database-session.js';

const DAY_MS = 86_400_000;

/** The table of attempts with a partition for each day, for comparison with the table of the service. */
export const BY_DAY = 'attempts_by_day';

/**
 * Copies the attempts into {@link BY_DAY}. Its partitions are ranges of ids, which begin with their time. It has the indexes of
 * `delivery_attempts`.
 *
 * @returns the names of the partitions, the oldest first
 */
export async function copyByDay(session: DatabaseSession, days: number): Promise<string[]> {
  await session.script(`CREATE TABLE ${BY_DAY} (LIKE delivery_attempts INCLUDING DEFAULTS) PARTITION BY RANGE (id)`);
  const today = Math.floor(Date.now() / DAY_MS);
  const names: string[] = [];
  for (let day = today - days; day <= today + 1; day += 1) {
    const name = `${BY_DAY}_${day}`;
    names.push(name);
    const [from, to] = [uuidV7Floor(day * DAY_MS), uuidV7Floor((day + 1) * DAY_MS)];
    await session.script(`CREATE TABLE ${name} PARTITION OF ${BY_DAY} FOR VALUES FROM ('${from}') TO ('${to}')`);
  }
  await session.script(`INSERT INTO ${BY_DAY} SELECT * FROM delivery_attempts`);
  const indexes = await session.query<{ definition: string }>(
    `SELECT indexdef AS definition FROM pg_indexes WHERE tablename = 'delivery_attempts'`,
  );
  for (const { definition } of indexes) {
    await session.script(
      definition.replaceAll('delivery_attempts', BY_DAY).replace(/ ON (?:ONLY )?\S*attempts_by_day/, ` ON ${BY_DAY}`),
    );
  }
  await session.script(`ANALYZE ${BY_DAY}`);
  return names;
}
