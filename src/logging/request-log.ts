import { Logger } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';

/**
 * Logs every request after its response: id, method, route, status and time.
 *
 * Headers, bodies and URLs are never logged, because callers may have put secrets there. Rejected requests have the level
 * `info`, all others `debug`. The error filter logs the causes of internal errors under the same id.
 */
export function logRequests(fastify: FastifyInstance): void {
  const logger = new Logger('Requests');
  fastify.addHook('onResponse', (request, { statusCode, elapsedTime }, done) => {
    const { id: requestId, method, routeOptions } = request;
    const route = `${method} ${routeOptions.url ?? '?'}`;
    const entry = { requestId, route, statusCode, durationMs: Math.round(elapsedTime) };
    if (statusCode >= 400) logger.log(entry);
    else logger.debug(entry);
    done();
  });
}
