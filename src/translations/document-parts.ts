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
