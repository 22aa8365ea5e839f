import { existsSync, readFileSync } from 'node:fs';

const FOLDER = new URL('../../docs/', import.meta.url);

/** The guides that the documentation page links to. Only those that are installed with the program. */
export const GUIDES: readonly { file: string; text: string }[] = [
  'receiving-webhooks.md',
  'owning-webhooks.md',
  'operating.md',
]
  .map((file) => ({ file, url: new URL(file, FOLDER) }))
  .filter(({ url }) => existsSync(url))
  .map(({ file, url }) => ({ file, text: readFileSync(url, 'utf8') }));
