import { parseArgs } from 'node:util';
import { UsageError } from '../options.js';

/** The options of a soak. */
export interface SoakOptions {
  /** The duration of the load. */
  minutes: number;
  /** Events per second for healthy receivers. */
  rate: number;
  /** The bound of the service's resident memory, in MB. */
  maxRssMb: number;
  /** The bound of the delivery lag (99th percentile), in milliseconds. */
  maxLagMs: number;
}

const OPTIONS = {
  minutes: { type: 'string', default: '30' },
  rate: { type: 'string', default: '100' },
  'max-rss-mb': { type: 'string', default: '300' },
  'max-lag-ms': { type: 'string', default: '1000' },
} as const;

/** The shortest run in minutes: a shorter one has no time between its restarts. */
const LEAST_MINUTES = 0.25;
const MOST_MINUTES = 10_080;

/**
 * Reads the command line.
 *
 * @throws UsageError that names the fault and the range
 */
export function parseSoakOptions(args: readonly string[]): SoakOptions {
  const values = parse(args);
  const number = (name: keyof typeof OPTIONS, least: number, most: number): number => {
    const value = Number(values[name]);
    if (values[name].trim() !== '' && value >= least && value <= most) return value;
    throw new UsageError(`--${name} must be a number from ${least} to ${most}, not ${values[name]}.`);
  };
  return {
    minutes: number('minutes', LEAST_MINUTES, MOST_MINUTES),
    rate: number('rate', 1, 2_000),
    maxRssMb: number('max-rss-mb', 1, 65_536),
    maxLagMs: number('max-lag-ms', 1, 60_000),
  };
}

function parse(args: readonly string[]): Record<keyof typeof OPTIONS, string> {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
