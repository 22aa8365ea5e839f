import { describe, expect, it } from '@jest/globals';
import { codeFaults, markdownFaults } from './word-faults.js';

const found = (source: string): [line: number, found: string][] =>
  codeFaults('source.ts', source).map(({ line, found }) => [line, found]);

const foundInMarkdown = (source: string): [line: number, found: string][] =>
  markdownFaults(source).map(({ line, found }) => [line, found]);

const LONG = `One ${'very '.repeat(24)}long sentence.`;

describe('codeFaults', () => {
  it.each([
    ['a line comment', 'const a = 1; // The lane of a webhook.', 'lane'],
    ['a block comment', '/* The intake of events. */', 'intake'],
    ['a docblock', '/** Waits in vain. */\nconst a = 1;', 'in vain'],
    ['a string', "const a = 'a tour of all webhooks';", 'tour'],
    ['a template', 'const a = `the audience of ${b} is empty`;', 'audience'],
    ['the end of a template', 'const a = `${b} waits beside the pool`;', 'beside'],
    ['a test name', "it('is tried anew when it fails', () => {});", 'anew'],
    ['an identifier', 'const straightRoom = 1;', 'straightRoom'],
    ['a part of an identifier', 'function newLane() {}', 'newLane'],
    ['a sentence that begins with it', '/** What a webhook gets. */', 'What'],
    ['a clause after a colon', '// Fast: what is stored is sent.', 'what'],
    ['a verb after "so"', '// A busy process so works in batches.', 'so works'],
  ])('finds an excluded word in %s', (_place, source, word) => {
    expect(found(source).map(([, text]) => text)).toEqual([word]);
  });

  it.each([
    ['a longer word', '// A planet, a tourist and a besides.'],
    ['a question', '/** What is a delivery? */'],
    ['a regular expression', "const a = /lane|'beside'/;"],
    ['a comment in a string', "const a = '// x'; const b = 'https://example.com/beside-it';"],
    ['code in a comment', '/** Call `what()` first: `what is` has no result. */'],
    ['the name of a parameter', '/** @param what the kind of value */'],
    ['"so" with a noun', '// It is full, so receivers wait. And so works the next.'],
    ['a directive', '// oxlint-disable-next-line no-new -- all the same to the linter'],
  ])('ignores %s', (_what, source) => {
    expect(found(source)).toEqual([]);
  });

  it('names the line of each finding in order', () => {
    const source = ['/**', ' * First.', ' *', ' * This waits in', ' * vain.', ' */', 'const lane = 1;', '// anew'];
    expect(found(source.join('\n'))).toEqual([
      [4, 'in vain'],
      [7, 'lane'],
      [8, 'anew'],
    ]);
  });

  it('joins the lines of a comment, also of several line comments', () => {
    expect(found('// This is all\n// the same.')).toEqual([[1, 'all the same']]);
  });

  it('finds a sentence of more than 25 words in a comment', () => {
    expect(codeFaults('source.ts', `/** Short. ${LONG} */`)).toEqual([
      { line: 1, found: 'One very very very very very…', instead: 'at most 25 words instead of 27' },
    ]);
    expect(found(`/**\n * Short:\n *\n * - ${'word '.repeat(25)}\n * - ${'word '.repeat(25)}\n */`)).toEqual([]);
    expect(found(`/**\n * ${'word '.repeat(20)}\n * @param a ${'word '.repeat(20)}\n */`)).toEqual([]);
  });

  it('counts no words of strings', () => {
    expect(found(`const a = '${LONG}';`)).toEqual([]);
  });

  it('says what to write instead', () => {
    expect(codeFaults('source.ts', '// anew')).toEqual([{ line: 1, found: 'anew', instead: 'again' }]);
  });
});

describe('markdownFaults', () => {
  it.each([
    ['a paragraph', 'It is tried\nanew.', 2, 'anew'],
    ['a heading', '# Beside the database\n', 1, 'Beside'],
    ['an item', '- First\n- What a webhook gets\n', 2, 'What'],
    ['a cell', '| a | b |\n| --- | --- |\n| x | what is sent. |\n', 3, 'what'],
    ['a code span', 'Run `npm run secrets:rotate`.', 1, 'secrets:rotate'],
    ['fenced code', '```sh\nnpm run secrets:rotate\n```\n', 2, 'secrets:rotate'],
  ])('finds an excluded word in %s', (_place, source, line, word) => {
    expect(foundInMarkdown(source)).toEqual([[line, word]]);
  });

  it.each([
    ['a phrase in fenced code', '```ts\n// beside it\n```\n'],
    ['a phrase in a code span', 'Call `beside()`.'],
    ['the target of a link', '[text](https://example.com/beside)'],
    ['a question', '## What is stored?'],
  ])('ignores %s', (_what, source) => {
    expect(foundInMarkdown(source)).toEqual([]);
  });

  it('finds a sentence of more than 25 words in a paragraph, an item and a cell', () => {
    expect(foundInMarkdown(`Short.\n${LONG}\n\n- ${LONG}\n\n| ${LONG} | b |\n`).map(([line]) => line)).toEqual([
      2, 4, 6,
    ]);
  });

  it('counts items and cells separately', () => {
    const words = 'word '.repeat(20);
    expect(foundInMarkdown(`- ${words}\n- ${words}\n\n| ${words} | ${words} |\n`)).toEqual([]);
  });
});
