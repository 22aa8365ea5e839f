import type { AttemptOutcome } from './attempt-outcome.js';
import { CLASS_OF_TEXT, type ErrorClass } from './outcome-class.js';

/** The numbers of the classes in a code. They are stored in the database: never change one. */
const NUMBER_OF_CLASS = {
  success: 0,
  timeout: 1,
  dns: 2,
  connect: 3,
  tls: 4,
  'refused-target': 5,
  response: 6,
  proxy: 7,
  auth: 8,
  /** Failures before the request, and texts of an application's sender. */
  other: 9,
} as const satisfies Record<ErrorClass | 'success' | 'other', number>;

/** The HTTP status is the rest of a code after division by this number. The quotient is the class. */
export const CODES_PER_CLASS = 1_000;

/** The code of attempts that earlier versions recorded, and of outcomes whose HTTP status has not three digits. */
export const UNKNOWN_OUTCOME = 0;

/** The first and the last code of a group of outcomes. */
export type Codes = readonly [first: number, last: number];

/**
 * The outcome of an attempt as one number: its class and its HTTP status, 0 without a response. The log can be filtered by these
 * and by the status with one index. 200 is a success, 6503 the answer 503, and 2000 a failed DNS lookup.
 */
export function outcomeCodeOf({ error, response }: Pick<AttemptOutcome, 'error' | 'response'>): number {
  const status = response?.status ?? 0;
  if (response !== null && (status < 100 || status >= CODES_PER_CLASS)) return UNKNOWN_OUTCOME;
  if (error === null) return NUMBER_OF_CLASS.success * CODES_PER_CLASS + status;
  const failure = CLASS_OF_TEXT.get(error) ?? (response === null ? 'other' : 'response');
  return NUMBER_OF_CLASS[failure] * CODES_PER_CLASS + status;
}

/** The codes of attempts with a status. */
export const CODES_OF_STATUS: Readonly<Record<'success' | 'failed', Codes>> = {
  success: [UNKNOWN_OUTCOME + 1, CODES_PER_CLASS - 1],
  failed: [CODES_PER_CLASS, (NUMBER_OF_CLASS.other + 1) * CODES_PER_CLASS - 1],
};

export function codesOfClass(errorClass: ErrorClass): Codes {
  const first = NUMBER_OF_CLASS[errorClass] * CODES_PER_CLASS;
  return [first, first + CODES_PER_CLASS - 1];
}
