/**
 * The seconds since 1970 of a time, with a fraction.
 *
 * @param time a date, or seconds
 * @param name of the option, for the error
 * @throws TypeError if the time is neither, or an invalid date
 */
export function secondsOf(time: Date | number, name: string): number {
  const seconds = time instanceof Date ? time.getTime() / 1_000 : time;
  if (typeof seconds === 'number' && Number.isFinite(seconds)) return seconds;
  throw new TypeError(`${name} is not a valid date`);
}
