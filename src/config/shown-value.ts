/** Variables whose values are never shown. */
const SECRET = new Set(['BOOTSTRAP_API_KEY', 'SECRETS_KEY', 'SECRETS_KEY_FALLBACKS', 'DELIVERY_PROXY']);

/** Matches texts that may be a key or password in the wrong variable: 20 or more characters with a digit. */
const LIKE_SECRET = /(?=[A-Za-z+/_-]*\d)[A-Za-z0-9+/_-]{20,}/;

const MAX_SHOWN = 100;

/** The end of an error message: `; it is "abc"`. Empty for a value that is or may be a secret. */
export function shownValue(name: string, value: string): string {
  if (SECRET.has(name)) return '';
  const harmless = name.endsWith('DATABASE_URL') ? withoutCredentials(value) : value;
  if (LIKE_SECRET.test(harmless)) return '';
  const text = harmless.length > MAX_SHOWN ? `${harmless.slice(0, MAX_SHOWN)}…` : harmless;
  return `; it is ${JSON.stringify(text)}`;
}

/**
 * Hides user, password and parameters of a connection string. The string is invalid and can't be parsed. A password may
 * be anywhere before the last `@`, after `?`, or after `=`.
 */
function withoutCredentials(text: string): string {
  return text
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, '$1********@')
    .replace(/\?.*$/s, '?********')
    .replace(/=.*$/s, '=********');
}
