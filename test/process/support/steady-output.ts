import { createHash } from 'node:crypto';

/** The start of a steady clock, which goes on by a second with each time. */
const START = Date.UTC(2025, 0, 20, 9, 30);

/**
 * Replaces everything that differs between two runs: times, durations, ids and secrets. The nth id of an output is always
 * replaced by the same one, of the same length.
 *
 * @param known other texts and their replacements, such as the address of a server
 */
export function steadyOutput(output: string, known: Readonly<Record<string, string>>): string {
  let seconds = 0;
  const ids = new Map<string, string>();
  const steadyId = (id: string): string => {
    const steady = ids.get(id) ?? likeId(id, ids.size);
    ids.set(id, steady);
    return steady;
  };
  // A cell of a table keeps its width.
  const replaced = Object.entries(known).reduce(
    (text, [from, to]) =>
      text.replaceAll(
        new RegExp(`${from.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}( {2,})?`, 'g'),
        (_match, gap?: string) => (gap === undefined ? to : to.padEnd(from.length + gap.length)),
      ),
    output,
  );
  return replaced
    .replaceAll(/(\d{4}-\d\d-\d\dT)?\d\d:\d\d:\d\d(\.\d{3})?/g, (_match, date?: string, fraction?: string) => {
      const time = new Date(START + seconds * 1_000).toISOString();
      seconds += 1;
      return time.slice(date === undefined ? 11 : 0, fraction === undefined ? 19 : 23);
    })
    .replaceAll(/\b\d+ ms\b/g, '12 ms')
    .replaceAll(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b[0-9a-f]{16,}\b/g, steadyId);
}

/** The nth id with the digits and dashes of another one. */
function likeId(id: string, count: number): string {
  const digits = createHash('sha256').update(`id ${count}`).digest('hex').repeat(2);
  return [...id].map((digit, index) => (digit === '-' ? digit : digits[index])).join('');
}
