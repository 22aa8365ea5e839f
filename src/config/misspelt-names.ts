/**
 * Variables of the environment whose names differ from one of ours by one letter: one too many, one too few, another one,
 * or two that changed places.
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

function differByOneLetter(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < Math.min(a.length, b.length) && a[start] === b[start]) start++;
  const [restA, restB] = [a.slice(start), b.slice(start)];
  if (restA.length !== restB.length) {
    return restA.length > restB.length ? restA.slice(1) === restB : restA === restB.slice(1);
  }
  const swapped = `${restA[1]}${restA[0]}${restA.slice(2)}`;
  return restA !== '' && (restA.slice(1) === restB.slice(1) || swapped === restB);
}
