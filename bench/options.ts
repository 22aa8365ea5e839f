import { parseArgs } from 'node:util';

/** What a run is asked to do. */
export interface BenchOptions {
  /** The benches to run, in the order they are listed. */
  names: string[];
  /** How often each is measured. */
  rounds: number;
  /** Small sizes, for trying: the figures mean little. */
  quick: boolean;
  /** Where machine-readable results go: a file, `-` for the output instead of the table, undefined for nowhere. */
  json: string | undefined;
}

/** What was asked for can't be had; the message says why, and there is nothing to add. */
export class UsageError extends Error {}

/**
 * Reads the command line.
 *
 * @param known the names of all benches, in the order they run
 * @throws UsageError that says what is wrong and what there is
 */
export function parseOptions(args: readonly string[], known: readonly string[]): BenchOptions {
  const { values, positionals } = parse(args);
  const unknown = positionals.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new UsageError(`There is no bench ${unknown.join(', ')}. There are: ${known.join(', ')}.`);
  }
  if (!/^[1-9]\d{0,2}$/.test(values.rounds)) {
    throw new UsageError(`--rounds must be a whole number from 1 to 999, not ${values.rounds}.`);
  }
  return {
    names: known.filter((name) => positionals.length === 0 || positionals.includes(name)),
    rounds: Number(values.rounds),
    quick: values.quick,
    json: values.json,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: withJsonTarget(args),
      allowPositionals: true,
      options: {
        rounds: { type: 'string', default: '3' },
        quick: { type: 'boolean', default: false },
        json: { type: 'string' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** The file behind `--json` may be left out, which `parseArgs` has no word for: only what ends in `.json` is a file. */
function withJsonTarget(args: readonly string[]): string[] {
  return args.flatMap((arg, index) => {
    if (arg === '--json') return [args[index + 1]?.endsWith('.json') ? arg : '--json=-'];
    return [arg];
  });
}
