import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Params } from 'nestjs-pino';
import type { AppConfig } from './config/app-config.js';

/**
 * One JSON line an entry. A request's line has its id, method, path, status and time: no headers and no query, since
 * both may hold what must not be kept.
 */
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
      serializers: {
        req: ({ id, method, url }: { id: string; method: string; url: string }) => ({ id, method, path: pathOf(url) }),
        res: ({ statusCode }: { statusCode: number }) => ({ statusCode }),
      },
      customLogLevel: (_request: IncomingMessage, response: ServerResponse, error?: Error) => {
        if (error || response.statusCode >= 500) return 'error';
        return response.statusCode >= 400 ? 'info' : 'debug';
      },
      customSuccessMessage: (request: IncomingMessage, response: ServerResponse) =>
        `${request.method} ${pathOf(request.url)} ${response.statusCode}`,
    },
    assignResponse: false,
  };
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

function pathOf(url: string | undefined): string {
  return (url ?? '').split('?', 1)[0] ?? '';
}
