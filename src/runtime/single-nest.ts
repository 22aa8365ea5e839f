import { createRequire } from 'node:module';

const CORE = '@nestjs/core';
const NEST = /[\\/]node_modules[\\/]@nestjs[\\/]/;

/** The application and this package use different copies of Nest, which do not recognize each other's classes. */
class TwoNestsError extends Error {
  override readonly name = 'TwoNestsError';
}

/**
 * Rejects an application that would use two copies of Nest. A package that is linked from a folder resolves its peer
 * dependencies in that folder. Without this check, Nest reports only the first class that it can't inject.
 *
 * Call it within `forRoot`. The module builder of Nest calls `forRoot`, and the application calls the builder.
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

/** The files of the calling functions, innermost first. */
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

/** The path of Nest as a file resolves it. Undefined if it can't, as in an application that is one bundle. */
function coreSeenFrom(file: string): string | undefined {
  try {
    return createRequire(file).resolve(CORE);
  } catch {
    return undefined;
  }
}
