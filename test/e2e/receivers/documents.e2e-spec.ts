import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { BODY, HEADERS, SECRET } from './support/cases.js';
import { DOCUMENTS, documentText, EXAMPLES, exampleText, snippets } from './support/examples.js';

const DOCS = join(EXAMPLES, '..');

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

/** The links of a page of `docs` that lead nowhere. */
function brokenLinksOf(document: string): string[] {
  const links = [...documentText(document).matchAll(/\]\(([^)]+)\)/g)].map(([, link = '']) => link);
  return links.filter((link) => {
    if (link.startsWith('https://')) return false;
    const [file = '', anchor] = link.split('#');
    const path = file === '' ? join(DOCS, document) : join(DOCS, dirname(document), file);
    return !existsSync(path) || (anchor !== undefined && !anchorsOf(path).includes(anchor));
  });
}

describe('The documents for developers of receivers', () => {
  const files = readdirSync(EXAMPLES).filter((name) => /\.(ts|py|go|php|rb|java|http|sh)$/.test(name));
  const shown = snippets('ts', 'typescript', 'js', 'python', 'py', 'go', 'php', 'ruby', 'java', 'http', 'sh');

  it.each(files)('show %s as it is', (file) => {
    expect(shown).toContain(exampleText(file));
  });

  it('show no other code, except commands', () => {
    const sources = new Set(files.map(exampleText));
    expect(shown.filter((snippet) => !sources.has(snippet) && !/^(curl|sh|HOST=)/.test(snippet))).toEqual([]);
  });

  it('show the check vector', () => {
    const page = documentText('receiving-webhooks.md');
    for (const value of [SECRET, BODY, ...Object.values(HEADERS)]) expect(page).toContain(value);
  });

  it.each(DOCUMENTS)('have no link that leads nowhere in %s', (document) => {
    expect(brokenLinksOf(document)).toEqual([]);
  });
});
