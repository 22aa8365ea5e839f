/** The languages of texts for people. */
export type Language = 'en' | 'ko';

/** A language range with its quality (RFC 9110, sections 12.4.2 and 12.5.4). Only the first subtag of a range counts. */
const RANGE = /^[ \t]*([a-z]{1,8}|\*)(?:-[a-z0-9-]*)?[ \t]*(?:;[ \t]*q=([01](?:\.\d{0,3})?)[ \t]*)?$/i;

/**
 * The language that an `Accept-Language` header prefers: the first one of the highest quality. English is the default, also
 * for `*`, for other languages and for a header that can't be read.
 */
export function acceptedLanguage(header: string | undefined): Language {
  // Fast path: hardly any client of an API names a language.
  if (header === undefined || !/ko/i.test(header)) return 'en';
  let best: { language: Language; quality: number } = { language: 'en', quality: 0 };
  for (const range of header.split(',')) {
    const [, name = '', q = '1'] = RANGE.exec(range) ?? [];
    const quality = Number(q);
    const language = LANGUAGES.get(name.toLowerCase());
    if (language !== undefined && quality > best.quality) best = { language, quality };
  }
  return best.language;
}

const LANGUAGES = new Map<string, Language>([
  ['ko', 'ko'],
  ['en', 'en'],
  ['*', 'en'],
]);
