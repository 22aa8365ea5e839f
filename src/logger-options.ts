import type { Params } from 'nestjs-pino';
import type { AppConfig } from './config/app-config.js';

/** One JSON line an entry. */
export function loggerOptions({ logLevel }: Pick<AppConfig, 'logLevel'>): Params {
  return {
    pinoHttp: {
      level: logLevel,
      hooks: {
        logMethod(entry, write, level) {
          const { context } = entry[0] as { context?: string };
          if (level > INFO || !STARTUP_CONTEXTS.has(context ?? '')) write.apply(this, entry);
        },
      },
      // An error of PostgreSQL also has the row that it is about: URLs and all.
      serializers: { err: ({ type, message, stack, code }: LoggedError) => ({ type, message, stack, code }) },
    },
    // What it would log of a request is for request-log.ts to say, which costs less.
    forRoutes: [],
  };
}

/** What of an error is logged. */
interface LoggedError {
  type: string;
  message: string;
  stack: string;
  code?: unknown;
}

const INFO = 30;

/** Where Nest names every module and route as it starts: some fifty lines that the OpenAPI document says better. */
const STARTUP_CONTEXTS = new Set([
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestFactory',
  'NestApplication',
]);
