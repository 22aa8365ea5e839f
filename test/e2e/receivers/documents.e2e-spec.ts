import { readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { BODY, ED25519_SIGNATURE, HEADERS, PUBLIC_KEY, SECRET } from './support/cases.js';
import { brokenLinksOf, DOCUMENTS, documentText, EXAMPLES, exampleText, snippets } from './support/examples.js';

describe('The documents for developers of receivers', () => {
  const files = readdirSync(EXAMPLES).filter((name) => /\.(ts|py|go|php|rb|java|http|sh)$/.test(name));
  const shown = snippets('ts', 'typescript', 'js', 'python', 'py', 'go', 'php', 'ruby', 'java', 'http', 'sh');

  it.each(files)('show %s as it is', (file) => {
    expect(shown).toContain(exampleText(file));
  });

  it('show no other code, except commands', () => {
    const sources = new Set(files.map(exampleText));
    expect(
      shown.filter(
        (snippet) =>
          !sources.has(snippet) && !/^(curl|sh|HOST=|npm ci |(LANG=\S+ )?(npx )?docmap-webhooks )/.test(snippet),
      ),
    ).toEqual([]);
  });

  it('show the check vector', () => {
    const page = documentText('receiving-webhooks.md');
    for (const value of [SECRET, BODY, PUBLIC_KEY, ED25519_SIGNATURE, ...Object.values(HEADERS)])
      expect(page).toContain(value);
  });

  it.each(DOCUMENTS)('have no broken link in %s', (document) => {
    expect(brokenLinksOf(document)).toEqual([]);
  });
});
