import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { markedPage } from './translation-marks.js';
import { checkTranslations } from './translations-command.js';

const ENGLISH = '# Page\n\n[한국어](../ko/receivers/page.md)\n\n## Section\n\nText.\n';
const KOREAN = markedPage('# 페이지\n\n[English](../../receivers/page.md)\n\n## 절\n\n글.\n', ENGLISH);
const PAGE = 'docs/ko/receivers/page.md';

describe('checkTranslations', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'docmap-test-translations-'));
    await write('docs/receivers/page.md', ENGLISH);
    await write(PAGE, KOREAN);
    // The pages that every repository has.
    for (const [english, korean] of [
      ['README.md', 'README.ko.md'],
      ['docs/receiving-webhooks.md', 'docs/ko/receiving-webhooks.md'],
      ['docs/owning-webhooks.md', 'docs/ko/owning-webhooks.md'],
    ] as const) {
      const [toKorean, toEnglish] =
        english === 'README.md' ? [korean, english] : [korean.slice(5), `../${english.slice(5)}`];
      const text = `# Title\n\n[한국어](${toKorean})\n`;
      await write(english, text);
      await write(korean, markedPage(`# 제목\n\n[English](${toEnglish})\n`, text));
    }
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function write(name: string, text: string): Promise<void> {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }

  const check = (...args: string[]) => checkTranslations(folder, args);

  it('finds nothing when all pages agree', () => {
    expect(check('--strict')).toEqual({ lines: [], exitCode: 0 });
  });

  it('warns of a stale section, fails with --strict, and names the command that marks the section', async () => {
    await write('docs/receivers/page.md', ENGLISH.replace('Text', 'Other text'));
    const warned = check();
    expect(warned).toEqual({
      lines: [expect.stringMatching(/^Warning: .*"절": "Section" has changed/)],
      exitCode: 0,
    });
    const [warning = ''] = warned.lines;
    expect(check('--strict')).toEqual({ lines: [warning.replace('Warning: ', '')], exitCode: 1 });

    const [, target = ''] = /--mark (\S+)/.exec(warning) ?? [];
    expect(target).toBe(`${PAGE}#section`);
    expect(check('--strict', '--mark', target)).toEqual({ lines: [], exitCode: 0 });
    expect(await readFile(join(folder, PAGE), 'utf8')).not.toBe(KOREAN);
  });

  it('fails when a page is broken', async () => {
    await write(PAGE, `${KOREAN}\n[link](missing.md)\n`);
    expect(check()).toEqual({ lines: [`${PAGE}:13: the link missing.md is broken`], exitCode: 1 });
  });

  it.each([
    [['--mark', 'docs/ko/missing.md'], 'docs/ko/missing.md is no translation'],
    [['--mark', 'docs/receivers/page.md'], 'docs/receivers/page.md is no translation'],
    [['--mark', `${PAGE}#missing`], `${PAGE}#missing: the English page has no section #missing`],
    [['--mark'], "'--mark <value>' argument missing"],
    [['--wrong'], "Unknown option '--wrong'"],
    [['extra'], "Unexpected argument 'extra'"],
  ])('refuses %j and changes no page', async (args, message) => {
    const usage = expect.stringMatching(/^Usage: /);
    expect(check(...args)).toEqual({ lines: [expect.stringContaining(message), usage], exitCode: 2 });
    expect(await readFile(join(folder, PAGE), 'utf8')).toBe(KOREAN);
  });
});
