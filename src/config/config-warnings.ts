import { VARIABLE_NAMES } from './environment.js';
import { misspeltNames } from './misspelt-names.js';

/**
 * Warnings about likely mistakes: a name that differs by one letter from a variable, and an empty DATABASE_URL. They do
 * not stop the start.
 *
 * @returns one sentence per warning, without values
 */
export function configWarnings(env: NodeJS.ProcessEnv): string[] {
  const emptyUrl = env.DATABASE_URL?.trim() === '';
  return [
    ...(emptyUrl ? ['DATABASE_URL is empty: the embedded database in DATA_DIR is used'] : []),
    ...misspeltNames(env, VARIABLE_NAMES),
  ];
}
