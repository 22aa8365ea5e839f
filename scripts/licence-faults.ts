import satisfies from 'spdx-satisfies';
import { lockedBelow, nameOf, type Lock } from './dependency-faults.js';
import { tableBelow } from './markdown-table.js';

/** The entry in the table of licences judged by hand for a package whose `package.json` has no `license`. */
const NOT_NAMED = 'not named';

/**
 * Checks the licences of the lock file against docs/dependencies.md. A row of the document without a package is a fault too.
 *
 * @returns one sentence per fault
 */
export function licenceFaults(lock: Lock, document: string): string[] {
  const rows = tableBelow('Licences', document);
  const everywhere = rows.filter(([, where]) => where === 'the service').map(([licence]) => licence!);
  const allowed = rows.map(([licence]) => licence!);
  const judged = new Map(tableBelow('Licences judged by hand', document).map(([name, licence]) => [name, licence]));
  const locked = Object.entries(lock.packages).filter(([path]) => path !== '');

  const shipped = lockedBelow(
    tableBelow('Dependencies', document).map(([name]) => name!),
    lock,
  );

  const faults = locked.flatMap(([path, { license, dev }]) => {
    const name = nameOf(path);
    const isTool = dev === true && !shipped.has(path);
    if (judged.get(name) === (license ?? NOT_NAMED)) return [];
    if (license === undefined) return `${name} names no licence`;
    const fits = isAllowed(license, isTool ? allowed : everywhere);
    return fits
      ? []
      : `${name} has the licence ${license}, which is not allowed in ${isTool ? 'tools' : 'the service'}`;
  });
  const unused = [...judged].filter(
    ([name, licence]) =>
      !locked.some(([path, { license }]) => nameOf(path) === name && (license ?? NOT_NAMED) === licence),
  );
  return [
    ...faults,
    ...unused.map(([name, licence]) => `the licence of ${name} is no longer ${licence}: remove its row`),
  ];
}

/** Whether the licences satisfy an SPDX expression; false for a text that is not an expression. */
function isAllowed(expression: string, licences: string[]): boolean {
  try {
    return satisfies(expression, licences);
  } catch {
    return false;
  }
}
