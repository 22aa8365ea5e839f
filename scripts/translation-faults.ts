import { brokenLinks, type Files, linksOf, pathOfLink, type Section, sectionsOf } from './markdown-page.js';
import { hashOf, hasNoSource, marksOf } from './translation-marks.js';

/** One line of text for each finding. */
export interface TranslationReport {
  /** Broken pages, whose authors know both languages. */
  faults: string[];
  /** English text that has no Korean translation yet, or another one. */
  stale: string[];
}

/** A comment on one line, a line of a docblock, or a docstring of Python. */
const COMMENT = /(?:^|\s)(?:#|--|\/\/)\s.*$|\/\*\*.*\*\/|^\s*\*\s.*$|""".*"""/;

const MARK_COMMAND = 'npm run check:translations -- --mark';

/** The page that a Korean page translates. */
export function sourceOf(korean: string): string {
  return korean.replace(/\.ko\.md$/, '.md').replace(/^docs\/ko\//, 'docs/');
}

/** The translation of an English page. */
export function translationOf(english: string): string {
  return english.startsWith('docs/') ? english.replace(/^docs\//, 'docs/ko/') : english.replace(/\.md$/, '.ko.md');
}

/**
 * Compares Korean pages with the English pages that they translate.
 *
 * @param english the pages that should have a translation
 * @param korean all Korean pages
 */
export function translationReport(
  files: Files,
  english: readonly string[],
  korean: readonly string[],
): TranslationReport {
  const report: TranslationReport = { faults: [], stale: [] };
  for (const page of english) {
    if (!korean.includes(translationOf(page))) report.stale.push(`${page} has no translation ${translationOf(page)}`);
  }
  for (const page of korean) {
    report.faults.push(...linkFaults(page, files, korean));
    if (hasNoSource(files.read(page) ?? '')) continue;
    const source = sourceOf(page);
    if (files.exists(source)) {
      report.faults.push(...languageFaults(source, page, files), ...languageFaults(page, source, files));
      comparePages(page, files.read(page) ?? '', files.read(source) ?? '', report);
    } else {
      report.faults.push(`${page}: ${source} does not exist. A page of its own has the line <!-- en: none -->`);
    }
  }
  return report;
}

/** Links lead to existing headings, and to Korean pages where they exist. */
function linkFaults(page: string, files: Files, korean: readonly string[]): string[] {
  const broken = brokenLinks(page, files).map(({ line, target }) => `${page}:${line}: the link ${target} is broken`);
  const english = linksOf(files.read(page) ?? '').flatMap(({ line, target }) => {
    const path = pathOfLink(page, target);
    if (path === undefined || path === sourceOf(page) || korean.includes(path)) return [];
    const translation = translationOf(path);
    return korean.includes(translation) ? [`${page}:${line}: ${target} has a translation, ${translation}`] : [];
  });
  return [...broken, ...english];
}

/** Each page links to its other language, above its first section of level 2. */
function languageFaults(page: string, other: string, files: Files): string[] {
  const [title] = sectionsOf(files.read(page) ?? '');
  const text = title?.lines.map((line) => line.text).join('\n') ?? '';
  const isLinked = linksOf(text).some(({ target }) => !target.includes('#') && pathOfLink(page, target) === other);
  return isLinked ? [] : [`${page}: no link below the title leads to ${other}`];
}

function comparePages(page: string, korean: string, english: string, report: TranslationReport): void {
  const sources = new Map(sectionsOf(english).map((section) => [section.anchor, section]));
  const translated = new Set<string>();
  for (const section of sectionsOf(korean)) {
    const place = `${page}:${section.line}: "${section.heading}"`;
    const [mark, ...more] = marksOf(section);
    if (mark === undefined) report.faults.push(`${place} has no mark. ${MARK_COMMAND} ${page}`);
    else if (more.length > 0) report.faults.push(`${place} has more than one mark`);
    else if (mark.anchor === undefined) report.faults.push(`${place} has an unknown mark. ${MARK_COMMAND} ${page}`);
    else if (translated.has(mark.anchor)) report.faults.push(`${place} and another section translate #${mark.anchor}`);
    else {
      translated.add(mark.anchor);
      compareSections(place, section, sources.get(mark.anchor), { page, anchor: mark.anchor, hash: mark.hash }, report);
    }
  }
  for (const { anchor, heading } of sources.values()) {
    if (!translated.has(anchor)) report.stale.push(`${page}: "${heading}" (#${anchor}) is new in ${sourceOf(page)}`);
  }
}

function compareSections(
  place: string,
  section: Section,
  source: Section | undefined,
  { page, anchor, hash }: { page: string; anchor: string; hash: string | undefined },
  report: TranslationReport,
): void {
  const command = `${MARK_COMMAND} ${page}#${anchor}`;
  if (source === undefined) report.stale.push(`${place}: #${anchor} is gone from ${sourceOf(page)}`);
  else if (hash === undefined) report.faults.push(`${place} has a mark without a hash. ${command}`);
  else if (hash !== hashOf(source)) {
    report.stale.push(`${place}: "${source.heading}" has changed. After its translation: ${command}`);
  } else if (codeOf(section) !== codeOf(source)) {
    report.faults.push(`${place} has other code than "${source.heading}"`);
  }
}

/**
 * The code of a section without its comments, which may be translated. Code in the language `text` is output, and may be
 * translated as well.
 */
function codeOf({ lines }: Section): string {
  const code = lines.filter(({ language }) => language !== undefined && language !== 'text');
  return code.map(({ text }) => text.replace(COMMENT, '').trim()).join('\n');
}
