/**
 * A time of RFC 3339, section 5.6. These variants are accepted, because clients send them:
 *
 * - lower-case `t` and `z`;
 * - a space between date and time;
 * - an offset without a colon;
 * - an offset whose `+` a query string decoded to a space;
 * - no seconds.
 */
const TIMESTAMP =
  /^(\d{4}-\d\d-\d\d)[Tt ]([01]\d|2[0-3]):(\d\d)(?::(\d\d)(?:\.(\d{1,20}))?)?(?:[Zz]|([+ -])(0\d|1[0-3]|14(?=:?00)):?([0-5]\d))$/;
/** Neither JSON nor PostgreSQL accepts the form in which `Date` writes years outside 1 to 9999. */
const FIRST_TIME = Date.parse('0001-01-01T00:00:00.000Z');
const LAST_TIME = Date.parse('9999-12-31T23:59:59.999Z');

/** Parses a time, to the millisecond. Undefined for a text that is no time in the years 1 to 9999. */
export function timeOf(text: string): Date | undefined {
  const match = TIMESTAMP.exec(text);
  if (!match) return undefined;
  const [, day = '', hour, minute, second = '00', fraction = '', sign = '+', offsetHour = '00', offsetMinute = '00'] =
    match;
  const offset = `${sign === '-' ? '-' : '+'}${offsetHour}:${offsetMinute}`;
  const time = new Date(`${day}T${hour}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}${offset}`);
  if (!(time.getTime() >= FIRST_TIME && time.getTime() <= LAST_TIME)) return undefined;
  // `Date` reads 30 February as 2 March; such a day is rejected.
  return new Date(`${day}T00:00:00.000Z`).toISOString().startsWith(day) ? time : undefined;
}

export function isTimestamp(value: unknown): value is string {
  return typeof value === 'string' && timeOf(value) !== undefined;
}

/** Suggests a time for seconds or milliseconds since 1970, and for a time without an offset. */
export function meantTime(value: unknown): string | undefined {
  if (typeof value !== 'number' && typeof value !== 'string') return undefined;
  const text = String(value);
  if (/^\d{10}(?:\d{3})?$/.test(text)) return new Date(Number(text.padEnd(13, '0'))).toISOString();
  return [`${text}Z`, `${text}T00:00:00Z`].find(isTimestamp);
}
