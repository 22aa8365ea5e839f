import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brokenLinks } from '../../../../scripts/markdown-page.js';
import { filesIn } from '../../../../scripts/translated-pages.js';

/** The folder of the code that the documents for developers of receivers show. */
export const EXAMPLES = join(import.meta.dirname, '../../../../docs/examples');
const DOCS = join(EXAMPLES, '..');

/** Their paths below `docs`. */
export const DOCUMENTS = [
  'receiving-webhooks.md',
  'owning-webhooks.md',
  ...readdirSync(join(DOCS, 'receivers'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('receivers', name)),
];

export const documentText = (path: string): string => readFileSync(join(DOCS, path), 'utf8');

export const exampleText = (name: string): string => readFileSync(join(EXAMPLES, name), 'utf8');

/** The code blocks of all documents in one of the languages. */
export function snippets(...languages: string[]): string[] {
  return DOCUMENTS.flatMap((path) => snippetsOf(path, languages));
}

/** The code blocks of one document. */
export function snippetsOf(path: string, languages: string[]): string[] {
  const fence = new RegExp(`^\`\`\`(?:${languages.join('|')})\n(.*?)^\`\`\`$`, 'gms');
  return [...documentText(path).matchAll(fence)].map(([, code = '']) => code);
}

/** The broken links of a page of `docs`. */
export function brokenLinksOf(document: string): string[] {
  return brokenLinks(`docs/${document.replaceAll('\\', '/')}`, filesIn(join(DOCS, '..'))).map(({ target }) => target);
}
