/** The parts of a list with commas, without white space around them and without empty ones. */
export function splitList(text: string): string[] {
  return text.split(',').flatMap((part) => (part.trim() ? [part.trim()] : []));
}
