import { differByOneLetter } from '../common/closest-name.js';

/**
 * Variables of the environment whose names differ from one of ours by one letter.
 *
 * @returns a sentence for each, without its value
 */
export function misspeltNames(env: NodeJS.ProcessEnv, names: readonly string[]): string[] {
  return Object.keys(env).flatMap((given) => {
    if (names.includes(given)) return [];
    const meant = names.find((name) => differByOneLetter(given, name));
    return meant === undefined ? [] : [`${given} is not a variable of this service and is ignored: is it ${meant}?`];
  });
}
