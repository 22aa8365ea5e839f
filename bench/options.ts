import { parseArgs } from 'node:util';

/** The options of a run. */
export interface BenchOptions {
  /** The benches to run, in their usual order. */
  names: string[];
  /** The number of measurements of each bench. */
  rounds: number;
  /** Small sizes, to try it: the figures mean little. */
  quick: boolean;
  /** The file for machine-readable results. `-` prints them instead of the table. */
  json: string | undefined;
  /** The file that describes other webhook servers, for the bench `beside`. */
  peers: string | undefined;
}

/** The bench that needs a file, so it runs only when it is named. */
const WITH_FILE = 'beside';

/** The requested run is not possible. The message gives the reason, so it is printed without a stack. */
export class UsageError extends Error {}

/**
 * Reads the command line.
 *
 * @param known the names of all benches, in the order they run
 * @throws UsageError that names the fault and the valid values
 */
export function parseOptions(args: readonly string[], known: readonly string[]): BenchOptions {
  const { values, positionals: all } = parse(args);
  const files = all.filter((each) => each.endsWith('.json'));
  const positionals = all.filter((each) => !each.endsWith('.json'));
  const unknown = positionals.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new UsageError(`There is no bench ${unknown.join(', ')}. There are: ${known.join(', ')}.`);
  }
  if (!/^[1-9]\d{0,2}$/.test(values.rounds)) {
    throw new UsageError(`--rounds must be a whole number from 1 to 999, not ${values.rounds}.`);
  }
  return {
    names: known.filter((name) => (positionals.length === 0 ? name !== WITH_FILE : positionals.includes(name))),
    peers: peersOf(positionals, files),
    rounds: Number(values.rounds),
    quick: values.quick,
    json: values.json,
  };
}

function peersOf(names: readonly string[], files: readonly string[]): string | undefined {
  const [file, ...more] = files;
  if (names.includes(WITH_FILE) && file === undefined) {
    throw new UsageError(
      `${WITH_FILE} needs a file that describes the other servers: npm run bench -- ${WITH_FILE} peers.json. docs/performance.md explains it.`,
    );
  }
  if (file !== undefined && (more.length > 0 || !names.includes(WITH_FILE))) {
    throw new UsageError(`Only ${WITH_FILE} takes a file, and only one: not ${files.join(', ')}.`);
  }
  return file;
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

/** `--json` may stand without a file, which `parseArgs` does not support. Only an argument that ends in `.json` is a file. */
function withJsonTarget(args: readonly string[]): string[] {
  return args.flatMap((arg, index) => {
    if (arg === '--json') return [args[index + 1]?.endsWith('.json') ? arg : '--json=-'];
    return [arg];
  });
}
