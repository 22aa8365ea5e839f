import { text } from '../translations/phrase.js';
import { CliUsageError } from './cli-error.js';

/**
 * Sets a member of an event: `data.pages=3`, `data.pages.0.text=x`, `data={"a":1}`. The path begins with `data`. A value that
 * is JSON is taken as JSON, any other as text; `data.code="3"` therefore sets a text. Missing objects on the path are made.
 *
 * @throws CliUsageError if the setting has no `=`, if its path is not of `data`, or if a number would lose digits
 */
export function setMember(event: { data: Record<string, unknown> }, setting: string): void {
  const equals = setting.indexOf('=');
  const path = setting.slice(0, equals).split('.');
  if (equals < 1 || path[0] !== 'data' || path.includes('')) {
    throw new CliUsageError(
      text('--set needs a path of data and a value, such as data.pages=120, not {{setting}}', { setting }),
    );
  }
  const value = valueOf(setting.slice(equals + 1));
  let parent: Record<string, unknown> = event;
  for (const name of path.slice(0, -1)) {
    const next = Object.hasOwn(parent, name) ? parent[name] : undefined;
    parent = typeof next === 'object' && next !== null ? (next as Record<string, unknown>) : define(parent, name, {});
  }
  define(parent, path.at(-1) ?? '', value);
  const { data } = event;
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    throw new CliUsageError(text('data must stay an object: {{setting}}', { setting }));
  }
}

/** Defines a member whatever its name: an assignment to `__proto__` would change the prototype. */
function define<Value>(parent: Record<string, unknown>, name: string, value: Value): Value {
  Object.defineProperty(parent, name, { value, writable: true, enumerable: true, configurable: true });
  return value;
}

function valueOf(given: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(given);
  } catch {
    return given;
  }
  if (typeof value === 'number' && /^-?\d+$/.test(given) && !Number.isSafeInteger(value)) {
    throw new CliUsageError(
      text('{{number}} would lose digits: put it into a file, and use --from', { number: given }),
    );
  }
  return value;
}
