import { median } from './statistics.js';

/** One line of the results: a measurement of every round, its reference and its goals. */
export interface Figure {
  bench: string;
  /** The name of the measurement. */
  what: string;
  /** The unit of the values: `/s`, `ms`, `MB`; empty for a plain number. */
  unit: string;
  /** One value per round. */
  values: number[];
  /** The reference: also one value per round, measured in the same round. */
  reference?: { what: string; values: number[] };
  /** The goals. One of several is enough. */
  asked?: Goal[];
}

/** A bound for the value itself, or for its ratio to the reference. */
export interface Goal {
  of: 'value' | 'ratio';
  is: 'at least' | 'at most';
  bound: number;
}

/** A figure with the values that are computed from it. */
export interface Result extends Figure {
  value: number;
  min: number;
  max: number;
  /** The median of the rounds' ratios. Other load on the machine affects both parts of a ratio. */
  ratio?: number;
  reached?: boolean;
}

export function resultOf(figure: Figure): Result {
  const { values, reference, asked } = figure;
  const value = median(values);
  const ratio = reference && median(values.map((each, round) => each / (reference.values[round] ?? Number.NaN)));
  const reached = asked?.some((goal) => holds(goal, goal.of === 'value' ? value : ratio));
  return {
    ...figure,
    value,
    min: Math.min(...values),
    max: Math.max(...values),
    ...(ratio === undefined ? {} : { ratio }),
    ...(reached === undefined ? {} : { reached }),
  };
}

function holds({ is, bound }: Goal, value = Number.NaN): boolean {
  return is === 'at least' ? value >= bound : value <= bound;
}
