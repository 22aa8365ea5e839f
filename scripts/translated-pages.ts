import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Files } from './markdown-page.js';

/** The English pages that should have a Korean translation, besides those of {@link TRANSLATED_FOLDER}. */
const TRANSLATED = ['README.md', 'docs/receiving-webhooks.md', 'docs/owning-webhooks.md'];
const TRANSLATED_FOLDER = 'docs/receivers';

/** The files below a folder. */
export function filesIn(root: string): Files {
  return {
    read: (path) =>
      statSync(join(root, path), { throwIfNoEntry: false })?.isFile()
        ? readFileSync(join(root, path), 'utf8')
        : undefined,
    exists: (path) => existsSync(join(root, path)),
  };
}

/** The paths of the pages of a repository that the check of translations compares. */
export function translatedPages(root: string): { english: string[]; korean: string[] } {
  return {
    english: [...TRANSLATED, ...pagesIn(root, TRANSLATED_FOLDER)],
    korean: [...readdirSync(root).filter((name) => name.endsWith('.ko.md')), ...pagesIn(root, 'docs/ko')],
  };
}

/** The paths of all Markdown files below a folder. */
function pagesIn(root: string, folder: string): string[] {
  const names = readdirSync(join(root, folder), { encoding: 'utf8', recursive: true });
  return names.filter((name) => name.endsWith('.md')).map((name) => `${folder}/${name.replaceAll('\\', '/')}`);
}
