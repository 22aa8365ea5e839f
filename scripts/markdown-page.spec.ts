import { describe, expect, it } from '@jest/globals';
import { brokenLinks, type Files, linksOf, pathOfLink, sectionsOf } from './markdown-page.js';

const anchors = (...lines: string[]): string[] => sectionsOf(lines.join('\n')).map(({ anchor }) => anchor);

const filesOf = (texts: Record<string, string>): Files => ({
  read: (path) => texts[path],
  exists: (path) => Object.keys(texts).some((name) => name === path || name.startsWith(`${path}/`)),
});

describe('sectionsOf', () => {
  it('ends a section at the next heading of any level', () => {
    const [title, first, second] = sectionsOf('# Title\n\nText\n\n### First ###\na\n## Second\n');
    expect(title).toMatchObject({ line: 1, level: 1, heading: 'Title' });
    expect(title?.lines.map(({ text }) => text)).toEqual(['# Title', '', 'Text', '']);
    expect(first).toMatchObject({ line: 5, level: 3, heading: 'First', anchor: 'first' });
    expect(second).toMatchObject({ line: 7, level: 2, heading: 'Second' });
  });

  it.each([
    ['backticks', ['```sh', '# comment', '```']],
    ['tildes', ['~~~', '# comment', '~~~']],
    ['a longer fence with a shorter one in it', ['````md', '```', '# comment', '```', '# comment', '````']],
    ['a fence with the other one in it', ['```', '~~~', '# comment', '```']],
    ['an indented fence', ['1. Run:', '', '   ```sh', '   # comment', '# comment', '   ```']],
    ['a fence behind the marker of an item', ['- ```sh', '# comment', '  ```']],
    ['a quoted fence', ['> ```sh', '# comment', '> ```']],
    ['a fence with an info string', ['```ts title="a"', '# comment', '```']],
    ['a fence that is not closed', ['```', '# comment']],
  ])('finds no heading in code: %s', (_kind, code) => {
    expect(anchors('# Title', ...code)).toEqual(['title']);
  });

  it.each([
    ['text after code', ['```sh', '# comment', '```', '## Heading']],
    ['a code span of three backticks', ['```a``` and `b`', '## Heading']],
  ])('finds a heading after %s', (_kind, lines) => {
    expect(anchors('# Title', ...lines)).toEqual(['title', 'heading']);
  });

  it('finds no heading without a space, or with four spaces before it', () => {
    expect(anchors('#1 is first', '    # code', '####### seven')).toEqual([]);
  });

  it.each([
    ['## Verify the signature', 'verify-the-signature'],
    ['## `npm run check:all` & co.', 'npm-run-checkall--co'],
    ['## extraction.completed', 'extractioncompleted'],
    ['## 서명 검증하기 (HMAC)', '서명-검증하기-hmac'],
    ['## See [the log](a.md#b)', 'see-the-log'],
    ['## a_b-c', 'a_b-c'],
  ])('makes the anchor of %s', (heading, anchor) => {
    expect(anchors(heading)).toEqual([anchor]);
  });

  it('numbers anchors that repeat', () => {
    expect(anchors('# A', '## A', '## a')).toEqual(['a', 'a-1', 'a-2']);
  });
});

describe('linksOf', () => {
  it('finds links with their lines, except those in code', () => {
    const page = ['[a](a.md) and [b\nb](b.md#x "Title")', '`[c](c.md)`', '```', '[d](d.md)', '```', '[`e`](#e)'];
    expect(linksOf(page.join('\n'))).toEqual([
      { line: 1, target: 'a.md' },
      { line: 2, target: 'b.md#x' },
      { line: 7, target: '#e' },
    ]);
  });
});

describe('pathOfLink', () => {
  it.each([
    ['#a', 'docs/ko/a.md'],
    ['../b.md#c', 'docs/b.md'],
    ['https://example.com/a.md', undefined],
    ['mailto:a@example.com', undefined],
  ])('resolves %s', (target, path) => {
    expect(pathOfLink('docs/ko/a.md', target)).toBe(path);
  });
});

describe('brokenLinks', () => {
  const files = filesOf({
    'docs/a.md': '# A\n[1](#a) [2](#b) [3](b.md#서명) [4](b.md#c) [5](c.md) [6](examples) [7](https://a.example/x)',
    'docs/b.md': '# 서명\n```sh\n# c\n```',
    'docs/examples/a.ts': '',
  });

  it('finds links to files and headings that do not exist', () => {
    expect(brokenLinks('docs/a.md', files).map(({ target }) => target)).toEqual(['#b', 'b.md#c', 'c.md']);
  });
});
