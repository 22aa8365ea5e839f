import { isIP } from 'node:net';
import { isEmail, ValidateBy, ValidateIf, type ValidationOptions } from 'class-validator';
import { parseUrl } from '../common/parse-url.js';
import { parseDuration } from './duration.js';
import { splitList } from './split-list.js';

const MAX_ATTEMPTS = 50;
/** Longest delay, in milliseconds. It exceeds any sensible delay and keeps every computed time in the range of `Date`. */
const MAX_RETRY_DELAY_MS = 365 * 86_400_000;

/** Makes a class-validator rule for the text of a variable. `rule` follows the name of the variable in the message. */
export function Check(rule: string, holds: (text: string) => boolean, options?: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: 'check',
      validator: {
        validate: (value) => typeof value === 'string' && holds(value),
        defaultMessage: (args) => `${args?.property} ${rule}`,
      },
    },
    options,
  );
}

export function IsInteger(min: number, max: number): PropertyDecorator {
  return Check(`must be a whole number from ${min} to ${max}`, (text) => {
    return /^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max;
  });
}

export function IsBooleanText(): PropertyDecorator {
  return Check('must be true or false', (text) => text === 'true' || text === 'false');
}

export function Optional(): PropertyDecorator {
  return ValidateIf((_object, value) => value !== undefined);
}

/** The delays before attempts. The first entry is not used: a first attempt is made at once. */
export function IsRetrySchedule(): PropertyDecorator {
  return Check('must be 1 to 50 durations of at most 365d separated by commas, such as 0s,5s,5m,2h', (text) => {
    const delays = splitList(text).map((part) => parseDuration(part) ?? Infinity);
    return delays.length >= 1 && delays.length <= MAX_ATTEMPTS && delays.every((delay) => delay <= MAX_RETRY_DELAY_MS);
  });
}

export function isCidr(text: string): boolean {
  const [address = '', prefix = '', ...rest] = text.split('/');
  const family = isIP(address);
  const isNetwork = family !== 0 && !address.includes('%');
  return rest.length === 0 && isNetwork && /^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128);
}

/** Whether a text is an origin in the form that browsers send (RFC 6454): no path, no trailing slash, no `*`. */
export function isOrigin(text: string): boolean {
  return /^https?:[^*]+$/.test(text) && parseUrl(text)?.origin === text;
}

/** Accepts a URI, or `name=value` pairs as libpq does. The content is parsed when the database is opened. */
function isPostgresUrl(text: string): boolean {
  return /^postgres(ql)?:\/\/|^\w+\s*=/.test(text);
}

export function IsPostgresUrl(): PropertyDecorator {
  return Check('must be a connection string such as postgresql://user:password@host:5432/database', isPostgresUrl);
}

/** A URL or an e-mail address that fits in a comment of a `user-agent` header (RFC 9110, 5.6.5). */
export function IsContact(): PropertyDecorator {
  return Check(
    'must be a URL (https) or an e-mail address, of visible ASCII characters without parentheses',
    (text) =>
      /^[\x21-\x27\x2a-\x7e]{3,200}$/.test(text) &&
      (text.startsWith('https://') ? parseUrl(text) !== undefined : isEmail(text)),
  );
}
