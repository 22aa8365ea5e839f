import { Phrase, type Translate } from './phrase.js';

const KNOWN_VALUES = 'Known values: {{values}}. There may be more.';
const ENDS_WITH_VALUES = /(?:^| )Known values: (.*)\. There may be more\.$/s;

/**
 * The parts of a description that have a translation each: its paragraphs. The values that a paragraph lists at its end are a
 * part of their own, because an application may have other values.
 */
export function partsOf(description: string): string[] {
  return paragraphsOf(description).flatMap(({ main, values }) => [
    ...(main === '' ? [] : [main]),
    ...(values === undefined ? [] : [KNOWN_VALUES]),
  ]);
}

/** Translates a summary or a description. Parts without a translation stay as they are. */
export function translatedText(description: string, translate: Translate): string {
  const paragraphs = paragraphsOf(description).map(({ given, main, values }) => {
    const translated = translate(main);
    if (values === undefined) return translated === main ? given : translated;
    const list = new Phrase(KNOWN_VALUES, { values }).in(translate);
    return main === '' ? list : `${translated} ${list}`;
  });
  return paragraphs.join('\n\n');
}

/** `main` has no line breaks: a docblock may be wrapped in another way without another translation. */
function paragraphsOf(description: string): { given: string; main: string; values: string | undefined }[] {
  return description.split('\n\n').map((given) => {
    const values = ENDS_WITH_VALUES.exec(given)?.[1];
    const main = given.replace(ENDS_WITH_VALUES, '').replaceAll(/\s*\n\s*/g, ' ');
    return { given, main, values };
  });
}

/** Members of a document that hold data, not texts. */
const DATA = new Set(['example', 'default', 'enum', 'const']);
/** Members whose own members have any names. */
const MAPS = new Set(['properties', 'responses', 'examples', 'schemas', 'headers', 'parameters', 'paths', 'webhooks']);

/**
 * Copies an OpenAPI document with other texts: summaries, descriptions, and the messages of errors in examples, which are
 * described as `` `CODE`: message ``.
 */
export function withTexts(value: unknown, change: (text: string) => string, isMap = false): unknown {
  if (Array.isArray(value)) return value.map((element) => withTexts(element, change));
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([key, member]: [string, unknown]) => {
    if (isMap) return [key, withTexts(member, change)];
    if ((key === 'description' || key === 'summary') && typeof member === 'string') return [key, change(member)];
    if (key === 'value') return [key, withMessage(member, change)];
    return [key, DATA.has(key) ? member : withTexts(member, change, MAPS.has(key))];
  });
  return Object.fromEntries(members) as object;
}

/** The value of an example. */
function withMessage(value: unknown, change: (text: string) => string): unknown {
  const { code, message } = ((value as { error?: unknown } | null)?.error ?? {}) as {
    code?: unknown;
    message?: unknown;
  };
  if (typeof code !== 'string' || typeof message !== 'string') return value;
  return { error: { code, message: change(`\`${code}\`: ${message}`).replace(`\`${code}\`: `, '') } };
}
