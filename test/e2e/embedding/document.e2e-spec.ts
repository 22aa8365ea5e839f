import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { brokenLinksOf, snippetsOf } from '../receivers/support/examples.js';

const DOCUMENT = 'embedding.md';
const EXAMPLES = join(import.meta.dirname, '../../../examples');
/** Lines of an extension; the root module has all of them. */
const MAX_LINES = 30;
const ROOT = 'host-app/src/app.module.ts';

// test/process/package.e2e-spec.ts compiles and runs them.
describe('The document for applications that build webhooks in', () => {
  const files = readdirSync(EXAMPLES).flatMap((name) =>
    readdirSync(join(EXAMPLES, name, 'src')).map((file) => join(name, 'src', file)),
  );
  const textOf = (file: string): string => readFileSync(join(EXAMPLES, file), 'utf8');
  const shown = snippetsOf(DOCUMENT, ['ts', 'typescript', 'js']);

  it.each(files)('shows %s as it is', (file) => {
    expect(shown).toContain(textOf(file));
  });

  it('shows no other code', () => {
    const sources = new Set(files.map(textOf));
    expect(shown.filter((snippet) => !sources.has(snippet))).toEqual([]);
  });

  it('shows extensions of at most 30 lines', () => {
    const long = files.filter((file) => textOf(file).trimEnd().split('\n').length > MAX_LINES);
    expect(long.filter((file) => file !== ROOT)).toEqual([]);
  });

  it('has no broken link', () => {
    expect(brokenLinksOf(DOCUMENT)).toEqual([]);
  });
});
