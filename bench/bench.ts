import type { Peers } from './beside/peers.js';
import type { BenchOptions } from './options.js';
import type { Figure } from './report/figure.js';
import type { Stage } from './support/stage.js';

/** The context of a bench. */
export interface BenchRun {
  stage: Stage;
  options: Pick<BenchOptions, 'rounds' | 'quick'>;
  /** Other webhook servers; undefined unless the command line names a file of them. */
  peers?: Peers | undefined;
  /** Prints a line of progress. */
  tell: (line: string) => void;
  /** Reports the failure of a part. The run goes on, and its exit code is 1. */
  fail: (error: Error) => void;
}

/** Measures one aspect of performance. */
export interface Bench {
  name: string;
  run(run: BenchRun): Promise<Figure[]>;
}

/**
 * Runs a measurement in every round.
 *
 * @param warmUp runs before the first round; its result is dropped
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
