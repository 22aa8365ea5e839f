import { Logger } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';

/**
 * Logs every request once it is answered: a line with its id, method, route, status and time. No headers, no body, and
 * no URL, since all of them may hold what must not be kept: a caller may well have put a key there. Refused requests are
 * level `info`, all others `debug`; why the service failed is in the lines of the error filter, under the same id.
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
