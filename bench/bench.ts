import type { BenchOptions } from './options.js';
import type { Figure } from './report/figure.js';
import type { Stage } from './support/stage.js';

/** What a bench gets to work with. */
export interface BenchRun {
  stage: Stage;
  options: Pick<BenchOptions, 'rounds' | 'quick'>;
  /** Tells whoever waits what is being done. */
  tell: (line: string) => void;
}

/** Measures one promise of speed. */
export interface Bench {
  name: string;
  run(run: BenchRun): Promise<Figure[]>;
}

/**
 * Measures once a round.
 *
 * @param warmUp comes before the first; its result is dropped
 */
export async function inRounds<Result>(
  { options: { rounds }, tell }: BenchRun,
  round: () => Promise<Result>,
  warmUp?: () => Promise<unknown>,
): Promise<Result[]> {
  if (warmUp) {
    tell('warming up');
    await warmUp();
  }
  const results: Result[] = [];
  for (let number = 1; number <= rounds; number += 1) {
    tell(`round ${number} of ${rounds}`);
    results.push(await round());
  }
  return results;
}
