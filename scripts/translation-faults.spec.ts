import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { filesIn, translatedPages } from './translated-pages.js';
import { sourceOf, translationOf, translationReport } from './translation-faults.js';
import { markedPage } from './translation-marks.js';

const ENGLISH = `# Receiving

[한국어](ko/a.md)

The first paragraph.

## Verify

Run this:

\`\`\`sh
# Verifies a request
npm run verify
\`\`\`

| a  | b   |
| -- | :-- |
| 1  | x   |
`;

const KOREAN = `# 수신

[English](../a.md)

첫 번째 문단입니다.

## 검증

다음을 실행합니다.

\`\`\`sh
# 요청을 검증합니다
npm run verify
\`\`\`
`;

const TRANSLATED = markedPage(KOREAN, ENGLISH);

/** The report on one page and its translation, and on other files. */
function report(
  korean: string | undefined,
  english: string | undefined = ENGLISH,
  others: Record<string, string> = {},
) {
  const texts: Record<string, string | undefined> = { 'docs/a.md': english, 'docs/ko/a.md': korean, ...others };
  const pages = Object.keys(texts).filter((path) => texts[path] !== undefined);
  return translationReport(
    { read: (path) => texts[path], exists: (path) => texts[path] !== undefined },
    ['docs/a.md'],
    pages.filter((path) => path.startsWith('docs/ko/')),
  );
}

const NOTHING = { faults: [], stale: [] };

const withoutHashes = (page: string): string => page.replaceAll(/ [0-9a-f]{8} -->/g, ' -->');

describe('translationReport', () => {
  it('accepts the pages of this repository, apart from stale sections', () => {
    const root = fileURLToPath(new URL('..', import.meta.url));
    const { english, korean } = translatedPages(root);
    expect(korean).toEqual(expect.arrayContaining(['README.ko.md', 'docs/ko/receivers/verifying.md']));
    expect(translationReport(filesIn(root), english, korean).faults).toEqual([]);
  });

  it('accepts a page with the present hashes', () => {
    expect(report(TRANSLATED)).toEqual(NOTHING);
  });

  it.each([
    ['a paragraph is wrapped', ENGLISH.replace('The first ', 'The first\n')],
    ['a table is aligned', ENGLISH.replace('| a  | b   |\n| -- | :-- |\n| 1  | x   |', '|a|b|\n|:-:|---|\n|1|  x|')],
    ['lines end with CRLF', ENGLISH.replaceAll('\n', '\r\n')],
  ])('reports nothing when %s', (_change, english) => {
    expect(report(TRANSLATED, english)).toEqual(NOTHING);
  });

  it.each([
    ['a word', ENGLISH.replace('this:', 'that:')],
    ['a comment in code', ENGLISH.replace('# Verifies', '# Checks')],
    ['a command', ENGLISH.replace('npm run verify', 'npm run sign')],
    ['a cell of a table', ENGLISH.replace('| 1 ', '| 2 ')],
    ['two cells that become one', ENGLISH.replace('| 1  |', '| 1  ')],
    ['the level of a heading', ENGLISH.replace('## Verify', '### Verify')],
  ])('reports a section as stale when its English text changes: %s', (_what, english) => {
    expect(report(TRANSLATED, english)).toEqual({
      faults: [],
      stale: [
        'docs/ko/a.md:9: "검증": "Verify" has changed. After its translation: ' +
          'npm run check:translations -- --mark docs/ko/a.md#verify',
      ],
    });
  });

  it('reports an English section without a translation as stale', () => {
    expect(report(TRANSLATED, `${ENGLISH}\n## Drop repeats\n`)).toEqual({
      faults: [],
      stale: ['docs/ko/a.md: "Drop repeats" (#drop-repeats) is new in docs/a.md'],
    });
  });

  it('reports both names as stale when an English heading is renamed', () => {
    expect(report(TRANSLATED, ENGLISH.replace('## Verify', '## Check'))).toEqual({
      faults: [],
      stale: [
        'docs/ko/a.md:9: "검증": #verify is gone from docs/a.md',
        'docs/ko/a.md: "Check" (#check) is new in docs/a.md',
      ],
    });
  });

  it('reports an English page without a translation as stale', () => {
    expect(report(undefined)).toEqual({ faults: [], stale: ['docs/a.md has no translation docs/ko/a.md'] });
  });

  it.each([
    ['no mark', TRANSLATED.replace(/<!-- en: verify .*-->/, ''), 'has no mark'],
    ['an unreadable mark', TRANSLATED.replace(/(<!-- en: verify) .*-->/, '$1 later -->'), 'has an unknown mark'],
    ['a mark without a hash', TRANSLATED.replace(/(<!-- en: verify) .*-->/, '$1 -->'), 'has a mark without a hash'],
    ['two marks', TRANSLATED.replace(/(<!-- en: verify .*-->)/, '$1\n$1'), 'has more than one mark'],
    ['the mark of another section', TRANSLATED.replace('en: verify', 'en: receiving'), 'translate #receiving'],
    ['other code', TRANSLATED.replace('npm run verify', 'npm run sign'), 'has other code than "Verify"'],
    ['less code', TRANSLATED.replace(/```sh[^]*```/, ''), 'has other code than "Verify"'],
  ])('finds a fault in a section with %s', (_what, korean, fault) => {
    expect(report(korean).faults).toEqual([expect.stringContaining(fault)]);
  });

  it.each(['# Verifies', '-- Verifies', '// Verifies', '/** Verifies */', ' * Verifies', '"""Verifies."""'])(
    'lets a comment be translated: %s',
    (comment) => {
      const english = ENGLISH.replace('# Verifies a request', comment);
      const korean = KOREAN.replace('# 요청을 검증합니다', comment.replace('Verifies', '검증합니다'));
      expect(report(markedPage(korean, english), english)).toEqual(NOTHING);
    },
  );

  it('compares no code of a stale section', () => {
    const english = ENGLISH.replace('npm run verify', 'npm run sign');
    expect(report(TRANSLATED, english).faults).toEqual([]);
  });

  it('lets output in code blocks be translated', () => {
    const english = ENGLISH.replace('```sh', '```text');
    const korean = markedPage(KOREAN.replace('```sh', '```text').replace('npm run verify', '출력'), english);
    expect(report(korean, english)).toEqual(NOTHING);
  });

  it('finds a page without a source, unless it says so', () => {
    const own = '# 용어집\n\n<!-- en: none -->\n\n## 용어\n';
    expect(report(TRANSLATED, ENGLISH, { 'docs/ko/own.md': own })).toEqual(NOTHING);
    expect(report(TRANSLATED, ENGLISH, { 'docs/ko/own.md': '# 용어집\n' }).faults).toEqual([
      expect.stringContaining('docs/ko/own.md: docs/own.md does not exist'),
    ]);
  });

  it.each([
    ['the English page', TRANSLATED, ENGLISH.replace('[한국어](ko/a.md)', '[한국어](ko/b.md)'), 'docs/a.md: no link'],
    ['the Korean page', TRANSLATED.replace('[English](../a.md)', ''), ENGLISH, 'docs/ko/a.md: no link'],
  ])('finds a missing link to the other language in %s', (_page, korean, english, fault) => {
    expect(report(korean, english).faults).toEqual([expect.stringContaining(fault)]);
  });

  it('finds broken links, and links to English pages that have a translation', () => {
    const links = '[1](b.md) [2](#검증) [3](#verify) [4](../b.md) [5](../c.md) [6](../a.md#verify)';
    const others = { 'docs/b.md': '# B\n\n[한국어](ko/b.md)\n', 'docs/c.md': '# C\n' };
    const b = markedPage('# 비\n\n[English](../b.md)\n', others['docs/b.md']);
    expect(report(`${TRANSLATED}\n${links}\n`, ENGLISH, { ...others, 'docs/ko/b.md': b }).faults).toEqual([
      'docs/ko/a.md:20: the link #verify is broken',
      'docs/ko/a.md:20: ../b.md has a translation, docs/ko/b.md',
    ]);
  });
});

describe('markedPage', () => {
  it('marks sections by their place when the headings of both pages have the same levels', () => {
    expect(TRANSLATED).toMatch(/^# 수신\n\n<!-- en: receiving [0-9a-f]{8} -->\n\n\[English\]/);
    expect(TRANSLATED).toMatch(/\n## 검증\n\n<!-- en: verify [0-9a-f]{8} -->\n\n다음을/);
  });

  it('changes nothing but hashes of marked sections', () => {
    const english = ENGLISH.replace('first', 'second').replace('this', 'that');
    const again = markedPage(TRANSLATED, english);
    expect(again).not.toBe(TRANSLATED);
    expect(withoutHashes(again)).toBe(withoutHashes(TRANSLATED));
    expect(report(again, english)).toEqual(NOTHING);
  });

  it('marks one section and leaves the others stale', () => {
    const english = ENGLISH.replace('first', 'second').replace('this', 'that');
    const { faults, stale } = report(markedPage(TRANSLATED, english, 'verify'), english);
    expect([faults, stale]).toEqual([[], [expect.stringContaining('"수신"')]]);
  });

  it('renames the mark of a section when its English heading is renamed', () => {
    const english = ENGLISH.replace('## Verify', '## Check');
    expect(report(markedPage(TRANSLATED, english), english)).toEqual(NOTHING);
  });

  it('adds the hash to an anchor, and leaves sections at unknown places without a mark', () => {
    const english = `${ENGLISH}\n## Second\n\n## Third\n`;
    const korean = markedPage(`${TRANSLATED}\n## 셋째\n\n<!-- en: third -->\n`, english);
    expect(report(korean, english)).toEqual({
      faults: [],
      stale: [expect.stringContaining('"Second" (#second) is new')],
    });
    expect(report(markedPage(`${TRANSLATED}\n## 셋째\n`, english), english).faults).toEqual([
      expect.stringContaining('"셋째" has no mark'),
    ]);
  });

  it('leaves a section without a mark when another one translates the section at its place', () => {
    const english = `${ENGLISH}\n## Second\n`;
    const [before, after] = TRANSLATED.split('## 검증');
    const korean = markedPage(`${before}## 둘째\n\n## 검증${after}`, english);
    expect(report(korean, english).faults).toEqual([expect.stringContaining('"둘째" has no mark')]);
  });

  it('finds no heading and no mark in code', () => {
    const code = '```md\n# Heading\n\n<!-- en: x 00000000 -->\n```\n';
    const english = `${ENGLISH}\n${code}`;
    expect(report(markedPage(`${KOREAN}\n${code}`, english), english)).toEqual(NOTHING);
  });

  it('throws when the English page has no such section', () => {
    expect(() => markedPage(TRANSLATED, ENGLISH, 'nope')).toThrow('the English page has no section #nope');
  });
});

describe('The paths of translations', () => {
  it.each([
    ['README.md', 'README.ko.md'],
    ['docs/receivers/verifying.md', 'docs/ko/receivers/verifying.md'],
  ])('lead from %s to %s and back', (english, korean) => {
    expect(translationOf(english)).toBe(korean);
    expect(sourceOf(korean)).toBe(english);
  });
});
