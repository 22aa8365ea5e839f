import type { Language } from '../translations/accepted-language.js';
import { translatorOf, type Phrase } from '../translations/phrase.js';
import { CLI_DIAGNOSIS } from '../translations/ko/cli-diagnosis.js';
import { CLI_HELP } from '../translations/ko/cli-help.js';
import { CLI_MESSAGES } from '../translations/ko/cli-messages.js';

const korean = translatorOf(CLI_HELP, CLI_MESSAGES, CLI_DIAGNOSIS);

/** Gives a text in the language of the person at the terminal. A string is the same in every language. */
export type Say = (text: string | Phrase) => string;

export function sayIn(language: Language): Say {
  return (text) => (typeof text !== 'string' && language === 'ko' ? text.in(korean) : String(text));
}

/**
 * The language of texts for people: that of the first variable with a value (POSIX, 8.2 Internationalization Variables). On
 * Windows, which has no such variables, it is that of the system.
 */
export function languageOf(
  { env, platform }: { env: Readonly<Record<string, string | undefined>>; platform: NodeJS.Platform },
  systemLocale = Intl.DateTimeFormat().resolvedOptions().locale,
): Language {
  const locale = env.LC_ALL || env.LC_MESSAGES || env.LANG || (platform === 'win32' ? systemLocale : '');
  return /^ko(?![a-z])/i.test(locale) ? 'ko' : 'en';
}
