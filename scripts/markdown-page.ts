import { posix } from 'node:path';

/** The files of a repository, by their paths below its root, with `/` as separator. */
export interface Files {
  /** The text of a file; undefined if there is none. */
  read(path: string): string | undefined;
  /** Whether a file or folder has this path. */
  exists(path: string): boolean;
}

export interface Line {
  text: string;
  /** The language of the fenced code that has this line, fences included; empty if unnamed, undefined outside of code. */
  language: string | undefined;
}

/** A heading and all lines until the next heading of any level. */
export interface Section {
  /** The number of the heading's line, from 1. */
  line: number;
  /** From 1 to 6. */
  level: number;
  heading: string;
  /** The fragment of links to the heading, as GitHub makes it. */
  anchor: string;
  /** With the heading. */
  lines: Line[];
}

export interface Link {
  /** From 1. */
  line: number;
  target: string;
}

/** Fences may be indented, quoted, or follow the marker of a list item. */
const OPENING = /^[\s>]*(?:(?:[-*+]|\d+[.)])\s+)*(?<fence>`{3,}(?=[^`]*$)|~{3,})\s*(?<language>\S*)/;

const HEADING = /^ {0,3}(?<hashes>#{1,6})(?:[ \t]+(?<text>.*?))??(?:[ \t]+#+)?[ \t]*$/;

/** The lines of a Markdown page. */
export function linesOf(source: string): Line[] {
  let open: { fence: string; language: string } | undefined;
  return source.split(/\r?\n/).map((text) => {
    if (open === undefined) {
      const { fence, language = '' } = OPENING.exec(text)?.groups ?? {};
      if (fence !== undefined) open = { fence, language };
      return { text, language: open?.language };
    }
    const { fence, language } = open;
    const end = /^[\s>]*(`{3,}|~{3,})\s*$/.exec(text)?.[1];
    if (end?.startsWith(fence)) open = undefined;
    return { text, language };
  });
}

/** The sections of a Markdown page in order. Text before the first heading belongs to no section. */
export function sectionsOf(source: string): Section[] {
  const sections: Section[] = [];
  const uses = new Map<string, number>();
  for (const [index, line] of linesOf(source).entries()) {
    const found = line.language === undefined ? HEADING.exec(line.text)?.groups : undefined;
    if (found === undefined) {
      sections.at(-1)?.lines.push(line);
      continue;
    }
    const heading = found.text ?? '';
    const slug = slugOf(heading);
    const earlier = uses.get(slug) ?? 0;
    uses.set(slug, earlier + 1);
    const anchor = earlier === 0 ? slug : `${slug}-${earlier}`;
    sections.push({ line: index + 1, level: found.hashes?.length ?? 1, heading, anchor, lines: [line] });
  }
  return sections;
}

/** The targets of the inline links of a page, except those in code. */
export function linksOf(source: string): Link[] {
  return linesOf(source).flatMap(({ text, language }, index) => {
    if (language !== undefined) return [];
    const prose = text.replaceAll(/`[^`]*`/g, '');
    return [...prose.matchAll(/\]\(([^()\s]+)(?:\s+"[^"]*")?\)/g)].map(([, target = '']) => ({
      line: index + 1,
      target,
    }));
  });
}

/** The path that a link of a page leads to; undefined for a link to another host. */
export function pathOfLink(page: string, target: string): string | undefined {
  if (/^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(target)) return undefined;
  const [file = ''] = target.split('#');
  return file === '' ? page : posix.join(posix.dirname(page), file);
}

/** The links of a page to files and headings that do not exist. Links to other hosts are not followed. */
export function brokenLinks(page: string, files: Files): Link[] {
  return linksOf(files.read(page) ?? '').filter(({ target }) => {
    const path = pathOfLink(page, target);
    if (path === undefined) return false;
    if (!files.exists(path)) return true;
    const [, anchor] = target.split('#');
    return anchor !== undefined && !sectionsOf(files.read(path) ?? '').some((section) => section.anchor === anchor);
  });
}

function slugOf(heading: string): string {
  return heading
    .replaceAll(/\]\([^)]*\)/g, '')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '')
    .replaceAll(' ', '-');
}
