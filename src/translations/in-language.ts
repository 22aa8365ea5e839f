import type { Language } from './accepted-language.js';
import { AUTH } from './ko/auth.js';
import { COMMON } from './ko/common.js';
import { EVENTS } from './ko/events.js';
import { FILTERS } from './ko/filters.js';
import { STREAMS } from './ko/streams.js';
import { TARGETS } from './ko/targets.js';
import { VALUES } from './ko/values.js';
import { WEBHOOKS } from './ko/webhooks.js';
import { translatorOf, type Phrase } from './phrase.js';

const korean = translatorOf(AUTH, COMMON, EVENTS, FILTERS, STREAMS, TARGETS, VALUES, WEBHOOKS);

/** A message of the service in a language. The command line has catalogues of its own. */
export function inLanguage(phrase: Phrase, language: Language): string {
  return language === 'ko' ? phrase.in(korean) : String(phrase);
}
