import { OPERATIONAL_EVENT_TYPES } from './operational-event-types.js';

/**
 * The names by which a webhook subscribes to events: names of types, and patterns. A pattern is `*`, or whole words before
 * `.*`. The statement that stores an event resolves patterns: they also cover types that the application adds later.
 */

/** Events about webhooks and deliveries. `*` does not match them: a webhook names them, or uses `webhook.*` or `delivery.*`. */
export const OPERATIONAL_EVENTS: readonly string[] = OPERATIONAL_EVENT_TYPES.map(({ eventName }) => eventName);

/** The type of test events. No webhook subscribes to it. */
export const TEST_EVENT = 'webhook.test';

/** First words of the types that `*` does not match. */
export const OPERATIONAL_WORDS = new Set(['webhook', 'delivery']);

/**
 * The names and patterns that match an event type. A webhook gets an event if it subscribes to one of them.
 *
 * @returns empty for the type of test events
 */
export function subscriptionsTo(type: string): string[] {
  if (type === TEST_EVENT) return [];
  const names = [type, ...prefixPatterns(type)];
  if (!OPERATIONAL_WORDS.has(type.split('.', 1)[0] ?? '')) names.push('*');
  return names;
}

/** All names and patterns that webhooks may subscribe to. A pattern must match at least one type: others are misspelt. */
export function subscriptionNames(published: readonly string[]): string[] {
  const types = [...published, ...OPERATIONAL_EVENTS];
  return [...new Set([...published, '*', ...OPERATIONAL_EVENTS, ...types.flatMap(prefixPatterns)])];
}

/** The names that the message about an invalid name or pattern proposes. */
export function proposalsFor(given: unknown, names: readonly string[]): readonly string[] {
  const text = typeof given === 'string' ? given : '';
  if (text.includes('*')) return names.filter((name) => name.includes('*'));
  const isOperational = OPERATIONAL_WORDS.has(text.split('.', 1)[0] ?? '') && text !== TEST_EVENT;
  return names.filter((name) => !name.includes('*') && OPERATIONAL_EVENTS.includes(name) === isOperational);
}

/** `a.b.*` and `a.*` for `a.b.c`. */
function prefixPatterns(type: string): string[] {
  const words = type.split('.');
  return words.slice(1).map((_, index) => `${words.slice(0, words.length - 1 - index).join('.')}.*`);
}
