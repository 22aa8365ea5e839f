import { differByOneLetter } from '../common/closest-name.js';

/**
 * Finds environment variables whose names differ by one letter from a variable of this service.
 *
 * @returns one sentence per variable, without its value
 */
export function misspeltNames(env: NodeJS.ProcessEnv, names: readonly string[]): string[] {
  return Object.keys(env).flatMap((given) => {
    if (names.includes(given)) return [];
    const meant = names.find((name) => differByOneLetter(given, name));
    return meant === undefined
      ? []
      : [`${given} is not a variable of this service and is ignored; did you mean ${meant}?`];
  });
}
