import type { Language } from './accepted-language.js';
import { AUTH } from './ko/auth.js';
import { COMMON } from './ko/common.js';
import { STREAMS } from './ko/streams.js';
import { translatorOf, type Phrase } from './phrase.js';

const korean = translatorOf(COMMON, AUTH, STREAMS);

/** A message of the service in a language. The command line has catalogues of its own. */
export function inLanguage(phrase: Phrase, language: Language): string {
  return language === 'ko' ? phrase.in(korean) : String(phrase);
}
