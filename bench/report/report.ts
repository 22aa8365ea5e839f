import type { Result } from './figure.js';
import type { Machine } from './machine.js';
import { tableOf } from './table.js';

/** The results of a run, and its machine. */
export interface Report {
  machine: Machine;
  rounds: number;
  quick: boolean;
  results: Result[];
  /** The load generator's share of one core, by bench. Near 1 the generator limits the figures. */
  generator: Record<string, number>;
}

export function reportOf({ machine, rounds, quick, results, generator }: Report): string {
  const facts = { ...machine, rounds: `${rounds}${quick ? ', quick: small sizes' : ''}` };
  const head = Object.entries(facts).map(([name, value]) => `${name.padEnd(9)}  ${value}`);
  const shares = Object.entries(generator).map(([bench, share]) => `${bench} ${Math.round(share * 100)} %`);
  return [...head, '', tableOf(results), '', `The load generator's share of one core: ${shares.join(', ')}.`].join(
    '\n',
  );
}
