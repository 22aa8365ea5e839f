import { inRounds, type BenchRun } from '../bench.js';
import type { Figure } from '../report/figure.js';
import type { BenchDatabase } from './database.js';

/** The goals in MB, which fit a small container. */
const RESIDENT = 400;
const PEAK = 450;

interface Memory {
  resident: number;
  peak: number;
}

/** The memory of the service after its first start, which makes the embedded database, and after a later one. */
export async function embeddedStarts(run: BenchRun): Promise<Figure[]> {
  const rounds = await inRounds(run, async () => {
    const database = await run.stage.newDatabase('embedded');
    return { first: await startOn(database, run), later: await startOn(database, run) };
  });
  return (['first', 'later'] as const).flatMap((which) =>
    (['resident', 'peak'] as const).map((what): Figure => ({
      bench: 'memory',
      what: `${what === 'peak' ? 'highest RSS until' : 'RSS after'} a ${which} start, embedded`,
      unit: 'MB',
      values: rounds.map((round) => round[which][what]),
      asked: [{ of: 'value', is: 'at most', bound: what === 'peak' ? PEAK : RESIDENT }],
    })),
  );
}

async function startOn(database: BenchDatabase, { stage }: BenchRun): Promise<Memory> {
  const server = await stage.server(database);
  await server.client.get('/health/ready');
  const memory = { resident: await server.memory(), peak: await server.peakMemory() };
  await server.stop();
  return memory;
}
