import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { documentTexts, messageTexts, type SourceText, type Translation, translationsIn } from './message-texts.js';
import type { TranslationReport } from './translation-faults.js';

const CATALOGUES = 'src/translations/ko/';
const DOCUMENT = 'openapi.json';

/** Compares the Korean catalogues with the messages of a repository and with the texts of its OpenAPI document. */
export function messageReport(root: string): TranslationReport {
  const sources = filesBelow(root, 'src').map((path) => ({ path, source: readFileSync(join(root, path), 'utf8') }));
  const messages = sources.filter(({ path }) => !path.startsWith('src/translations/') && !path.endsWith('.spec.ts'));
  const found = messages.map(({ path, source }) => messageTexts(path, source));
  const catalogues = sources.filter(({ path }) => path.startsWith(CATALOGUES));
  const texts = found.flatMap((file) => file.texts);
  const document = readIfExists(join(root, DOCUMENT));
  if (document !== undefined) texts.push(...documentTexts(DOCUMENT, JSON.parse(document)));
  const report = catalogueReport(
    texts,
    catalogues.flatMap(({ path, source }) => translationsIn(path, source)),
  );
  return { faults: [...found.flatMap((file) => file.faults), ...report.faults], stale: report.stale };
}

/** Compares English texts with their Korean ones. A changed English text has no Korean one, whose old entry is left over. */
export function catalogueReport(texts: readonly SourceText[], entries: readonly Translation[]): TranslationReport {
  const report: TranslationReport = { faults: [], stale: [] };
  const english = new Map(texts.map((text) => [text.english, text]));
  const korean = new Map<string, Translation>();
  for (const entry of entries) {
    const earlier = korean.get(entry.english);
    korean.set(entry.english, entry);
    if (earlier && earlier.korean !== entry.korean) {
      report.faults.push(`${entry.at}: "${entry.english}" has another translation at ${earlier.at}`);
    }
    if (placeholdersOf(entry.english) !== placeholdersOf(entry.korean)) {
      report.faults.push(`${entry.at}: "${entry.english}" and its translation have different placeholders`);
    }
    if (!english.has(entry.english)) report.stale.push(`${entry.at}: "${entry.english}" is no English text any more`);
  }
  for (const { at, english: text } of english.values()) {
    if (!korean.has(text)) report.stale.push(`${at}: "${text}" has no Korean translation in ${CATALOGUES}`);
  }
  return report;
}

function placeholdersOf(template: string): string {
  return [...new Set(template.match(/\{\{\w+\}\}/g))].toSorted().join();
}

function filesBelow(root: string, folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  const names = readdirSync(join(root, folder), { encoding: 'utf8', recursive: true });
  return names
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith('.ts') && !path.startsWith('src/generated/'));
}

function readIfExists(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}
