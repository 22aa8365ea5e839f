import { createHash } from 'node:crypto';
import { type Section, sectionsOf } from './markdown-page.js';

/** A comment below a Korean heading: the English section, and the hash that it had when it was translated. */
export interface Mark {
  /** The index of its line in the section. */
  index: number;
  /** Undefined if the comment can't be read. */
  anchor?: string;
  /** Undefined if the translator has written the anchor only. */
  hash?: string;
}

const MARK = /^<!-- en: (?<anchor>\S+)(?: (?<hash>[0-9a-f]{8}))? -->$/;

/** Marks a page that translates nothing, in its first section. */
const NO_SOURCE = '<!-- en: none -->';

/** All marks of a section; exactly one is right. */
export function marksOf({ lines }: Section): Mark[] {
  return lines.flatMap(({ text, language }, index) =>
    language === undefined && /^\s*<!--\s*en\b/.test(text) ? [{ index, ...MARK.exec(text)?.groups }] : [],
  );
}

export function hasNoSource(korean: string): boolean {
  return sectionsOf(korean)[0]?.lines.some(({ text }) => text === NO_SOURCE) ?? false;
}

/** A short hash of the text of a section. White space and the alignment of tables do not change it. */
export function hashOf({ lines }: Section): string {
  const text = lines
    .map((line) => (line.language === undefined && /^\s*\|/.test(line.text) ? withoutPadding(line.text) : line.text))
    .join('\n')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

function withoutPadding(row: string): string {
  return /^[\s|:-]+$/.test(row) ? '' : row.replaceAll(/\s*\|\s*/g, '|');
}

/**
 * Returns a Korean page whose marks have the present hashes of the English sections. If the headings of both pages have the
 * same levels, a section without a mark gets that of the English section at its place.
 *
 * @param anchor marks only the translation of this English section
 * @throws Error if the English page has no such section
 */
export function markedPage(korean: string, english: string, anchor?: string): string {
  const sources = sectionsOf(english);
  const hashes = new Map(sources.map((section) => [section.anchor, hashOf(section)]));
  if (anchor !== undefined && !hashes.has(anchor)) throw new Error(`the English page has no section #${anchor}`);

  const sections = sectionsOf(korean);
  const anchors = anchorsOf(sections, sources);
  const lines = korean.split('\n');
  for (const [index, section] of [...sections.entries()].toReversed()) {
    const source = anchors[index];
    if (source === undefined || (anchor !== undefined && anchor !== source)) continue;
    const mark = `<!-- en: ${source} ${hashes.get(source)} -->`;
    const [old] = marksOf(section);
    if (old === undefined) lines.splice(section.line, 0, '', mark);
    else lines[section.line - 1 + old.index] = mark;
  }
  return lines.join('\n');
}

/** The English section of each Korean one; undefined where it is unknown. */
function anchorsOf(sections: readonly Section[], sources: readonly Section[]): (string | undefined)[] {
  const known = new Set(sources.map(({ anchor }) => anchor));
  const marked = sections.map((section) => marksOf(section)[0]?.anchor);
  const isParallel =
    sections.length === sources.length && sections.every(({ level }, index) => level === sources[index]?.level);
  return marked.map((anchor, index) => {
    if (anchor !== undefined && known.has(anchor)) return anchor;
    const atSamePlace = sources[index]?.anchor;
    return isParallel && !marked.includes(atSamePlace) ? atSamePlace : undefined;
  });
}
