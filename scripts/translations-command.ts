import { writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { parseArgs } from 'node:util';
import { filesIn, translatedPages } from './translated-pages.js';
import { messageReport } from './message-report.js';
import { sourceOf, translationReport } from './translation-faults.js';
import { markedPage } from './translation-marks.js';

const USAGE = 'Usage: npm run check:translations -- [--strict] [--mark <Korean page>[#<English section>]] …';

/** An argument names no page or no section. */
class UsageError extends Error {}

interface Result {
  lines: string[];
  exitCode: 0 | 1 | 2;
}

/**
 * Checks the translations of a repository, of pages and of messages, after it has marked pages.
 *
 * @returns exit code 1 for broken pages and catalogues, and with `--strict` also for stale translations; 2 for wrong arguments
 */
export function checkTranslations(root: string, args: string[]): Result {
  try {
    const { strict, mark: targets } = optionsOf(args);
    for (const target of targets) mark(root, target);
    const { english, korean } = translatedPages(root);
    const reports = [translationReport(filesIn(root), english, korean), messageReport(root)];
    const faults = reports.flatMap((report) => report.faults);
    const stale = reports.flatMap((report) => report.stale);
    const isWrong = faults.length > 0 || (strict && stale.length > 0);
    return {
      lines: [...faults, ...stale.map((finding) => (strict ? finding : `Warning: ${finding}`))],
      exitCode: isWrong ? 1 : 0,
    };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!(error instanceof UsageError) && code?.startsWith('ERR_PARSE_ARGS') !== true) throw error;
    return { lines: [message, USAGE], exitCode: 2 };
  }
}

function optionsOf(args: string[]): { strict: boolean; mark: string[] } {
  const { values } = parseArgs({
    args,
    options: { strict: { type: 'boolean', default: false }, mark: { type: 'string', multiple: true, default: [] } },
  });
  return values;
}

/** @param target a Korean page, and the anchor of one English section */
function mark(root: string, target: string): void {
  const [path = '', anchor] = target.replaceAll('\\', '/').split('#');
  const page = posix.normalize(path);
  const files = filesIn(root);
  const source = files.read(sourceOf(page));
  if (!translatedPages(root).korean.includes(page) || source === undefined)
    throw new UsageError(`${page} is no translation.`);
  try {
    writeFileSync(join(root, page), markedPage(files.read(page) ?? '', source, anchor));
  } catch (error) {
    throw new UsageError(`${target}: ${(error as Error).message}.`, { cause: error });
  }
}
