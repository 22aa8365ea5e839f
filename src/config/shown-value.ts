/** Variables whose value is never shown. */
const SECRET = new Set(['BOOTSTRAP_API_KEY', 'SECRETS_KEY', 'SECRETS_KEY_FALLBACKS']);

/** Looks like a key or a long password, which somebody gave to the wrong variable: 20 characters or more, with a digit. */
const LIKE_SECRET = /(?=[A-Za-z+/_-]*\d)[A-Za-z0-9+/_-]{20,}/;

const MAX_SHOWN = 100;

/** How a fault goes on with the value that is wrong: `; it is "abc"`; nothing where it is or looks like a secret. */
export function shownValue(name: string, value: string): string {
  if (SECRET.has(name)) return '';
  const harmless = name.endsWith('DATABASE_URL') ? withoutCredentials(value) : value;
  if (LIKE_SECRET.test(harmless)) return '';
  const text = harmless.length > MAX_SHOWN ? `${harmless.slice(0, MAX_SHOWN)}…` : harmless;
  return `; it is ${JSON.stringify(text)}`;
}

/**
 * A connection string without user, password and parameters. It is not valid, so nothing is known of it: everything up to
 * the last `@` may be a password, everything after `?` too, and every word of the form `name=value`.
 */
function withoutCredentials(text: string): string {
  return text
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, '$1********@')
    .replace(/\?.*$/s, '?********')
    .replace(/=.*$/s, '=********');
}
