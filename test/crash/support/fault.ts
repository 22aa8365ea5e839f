/** The result of a run of a fault. */
export interface Outcome {
  /** Figures for the line of the summary, in this order. */
  figures: Record<string, number | string>;
  /** Violations of the promise; empty when it held. */
  violations: string[];
}

/** A fault. Its short size is part of all tests, its long one of `npm run test:crash`. */
export interface Fault {
  name: string;
  /** The invariant that the run checks. */
  promise: string;
  /** Names the program or right that this machine lacks. */
  missing?: () => string | undefined;
  short: () => Promise<Outcome>;
  long: () => Promise<Outcome>;
}

/** Seconds for the summary. */
export function secondsOf(ms: number): string {
  return (ms / 1_000).toFixed(1);
}
