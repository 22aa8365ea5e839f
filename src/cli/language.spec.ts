import { describe, expect, it } from '@jest/globals';
import { text } from '../translations/phrase.js';
import { languageOf, sayIn } from './language.js';

describe('The language of the command line', () => {
  it.each<[string, Record<string, string>, NodeJS.Platform, string]>([
    ['LANG', { LANG: 'ko_KR.UTF-8' }, 'linux', 'ko'],
    ['a language without a country', { LANG: 'ko' }, 'darwin', 'ko'],
    ['LC_MESSAGES before LANG', { LC_MESSAGES: 'ko_KR', LANG: 'en_US.UTF-8' }, 'linux', 'ko'],
    ['LC_ALL before LC_MESSAGES', { LC_ALL: 'C', LC_MESSAGES: 'ko_KR', LANG: 'ko_KR' }, 'linux', 'en'],
    ['LANG when the others are empty', { LC_ALL: '', LC_MESSAGES: '', LANG: 'ko_KR' }, 'linux', 'ko'],
    ['English for POSIX', { LANG: 'POSIX' }, 'linux', 'en'],
    ['English for another language', { LANG: 'kok_IN.UTF-8' }, 'linux', 'en'],
    ['English without a variable', {}, 'linux', 'en'],
    ['the locale of Windows', {}, 'win32', 'ko'],
    ['LANG before the locale of Windows', { LANG: 'en_US.UTF-8' }, 'win32', 'en'],
  ])('is chosen by %s', (_name, env, platform, expected) => {
    expect(languageOf({ env, platform }, 'ko-KR')).toBe(expected);
  });

  it('translates phrases, and no strings', () => {
    const say = sayIn('ko');
    expect(say(text('Stored in {{file}}.', { file: 'FAILED' }))).toBe('저장했습니다: FAILED');
    expect(say('FAILED')).toBe('FAILED');
    expect(sayIn('en')(text('FAILED'))).toBe('FAILED');
  });
});
