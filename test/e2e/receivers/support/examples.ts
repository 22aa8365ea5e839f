import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of the code that the documents for developers of receivers show. */
export const EXAMPLES = join(import.meta.dirname, '../../../../docs/examples');
const DOCS = join(EXAMPLES, '..');

/** Their paths below `docs`. */
export const DOCUMENTS = [
  'receiving-webhooks.md',
  ...readdirSync(join(DOCS, 'receivers')).map((name) => join('receivers', name)),
];

export const documentText = (path: string): string => readFileSync(join(DOCS, path), 'utf8');

export const exampleText = (name: string): string => readFileSync(join(EXAMPLES, name), 'utf8');

/** The code blocks of all documents in one of the languages. */
export function snippets(...languages: string[]): string[] {
  const fence = new RegExp(`^\`\`\`(?:${languages.join('|')})\n(.*?)^\`\`\`$`, 'gms');
  return DOCUMENTS.flatMap((path) => [...documentText(path).matchAll(fence)].map(([, code = '']) => code));
}
