import { median } from './statistics.js';

/** One line of the results: what was measured, once a round, and how it compares. */
export interface Figure {
  bench: string;
  /** What was measured. */
  what: string;
  /** Of the values: `/s`, `ms`, `MB`; empty for a plain number. */
  unit: string;
  /** One value a round. */
  values: number[];
  /** What it is held against: one value a round too, measured in the same round. */
  reference?: { what: string; values: number[] };
  /** What is to be reached; one of several is enough. */
  asked?: Goal[];
}

/** A bound for the value itself, or for its ratio to the reference. */
export interface Goal {
  of: 'value' | 'ratio';
  is: 'at least' | 'at most';
  bound: number;
}

/** A figure with all that follows from it. */
export interface Result extends Figure {
  value: number;
  min: number;
  max: number;
  /** The median of the rounds' ratios: both of a ratio were measured side by side, whatever else the machine did. */
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
