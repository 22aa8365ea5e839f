/** What a run of a fault came to. */
export interface Outcome {
  /** For the line of the summary, in this order. */
  figures: Record<string, number | string>;
  /** What must not be; empty when all held. */
  violations: string[];
}

/** One way of breaking things. The short size is part of all tests, the long one of `npm run test:crash`. */
export interface Fault {
  name: string;
  /** What must hold. */
  promise: string;
  /** Names what it takes and this machine lacks. */
  missing?: () => string | undefined;
  short: () => Promise<Outcome>;
  long: () => Promise<Outcome>;
}

/** Seconds for the summary. */
export function secondsOf(ms: number): string {
  return (ms / 1_000).toFixed(1);
}
