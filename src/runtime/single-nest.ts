import { createRequire } from 'node:module';

const CORE = '@nestjs/core';
const NEST = /[\\/]node_modules[\\/]@nestjs[\\/]/;

/** The application runs on another copy of Nest than this package: neither knows the classes of the other. */
class TwoNestsError extends Error {
  override readonly name = 'TwoNestsError';
}

/**
 * Refuses an application that would run on two copies of Nest: a package that is linked from a folder resolves its peer
 * dependencies there. Without this check, Nest reports the first class that it can't inject.
 *
 * Called from within `forRoot`, which Nest's module builder makes: its caller is the application.
 *
 * @throws TwoNestsError
 */
export function assertSingleNest(): void {
  const files = callers();
  const builder = files.findIndex((file) => NEST.test(file));
  const host = files.slice(builder).find((file) => !NEST.test(file));
  if (builder === -1 || host === undefined) return;
  const [ours, theirs] = [import.meta.url, host].map(coreSeenFrom);
  if (ours === undefined || theirs === undefined || ours === theirs) return;
  throw new TwoNestsError(
    `docmap-webhooks would use ${ours}, and the application uses ${theirs}. A linked folder resolves its peer ` +
      'dependencies from its own node_modules: use "npm install --install-links", or install the file that "npm pack" writes.',
  );
}

/** The files of the functions that wait for this one to return, the nearest first. */
function callers(): string[] {
  const before = Object.getOwnPropertyDescriptors(Error);
  try {
    Error.stackTraceLimit = 30;
    Error.prepareStackTrace = (_error, sites) => sites.map((site) => site.getFileName() ?? '');
    return new Error('where').stack as unknown as string[];
  } finally {
    const { prepareStackTrace, stackTraceLimit } = before;
    Object.assign(Error, {
      prepareStackTrace: prepareStackTrace?.value as unknown,
      stackTraceLimit: stackTraceLimit.value,
    });
  }
}

/** Where a file finds Nest; undefined where it does not, as the file of an application that is one bundle may not. */
function coreSeenFrom(file: string): string | undefined {
  try {
    return createRequire(file).resolve(CORE);
  } catch {
    return undefined;
  }
}
