import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder of the code that the documents for developers of receivers show. */
export const EXAMPLES = join(import.meta.dirname, '../../../../docs/examples');
const DOCS = join(EXAMPLES, '..');

/** Their paths below `docs`. */
export const DOCUMENTS = [
  'receiving-webhooks.md',
  'owning-webhooks.md',
  ...readdirSync(join(DOCS, 'receivers')).map((name) => join('receivers', name)),
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

/** The anchors of a page, as GitHub makes them of its headings. */
function anchorsOf(path: string): string[] {
  const headings = readFileSync(path, 'utf8').matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, text = '']) =>
    text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** The broken links of a page of `docs`. */
export function brokenLinksOf(document: string): string[] {
  const links = [...documentText(document).matchAll(/\]\(([^)]+)\)/g)].map(([, link = '']) => link);
  return links.filter((link) => {
    if (link.startsWith('https://')) return false;
    const [file = '', anchor] = link.split('#');
    const path = file === '' ? join(DOCS, document) : join(DOCS, dirname(document), file);
    return !existsSync(path) || (anchor !== undefined && !anchorsOf(path).includes(anchor));
  });
}
