import { Logger } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AuthenticatedRequest } from '../auth/auth.decorators.js';
import { describeRequest } from '../common/http-messages.js';

/**
 * Logs every request after its response: id, route, user, key, status, time and trace.
 *
 * Headers, bodies and URLs are never logged, because callers may have put secrets there. Rejected requests have the level
 * `info`, all others `debug`. The error filter logs the causes of internal errors under the same id.
 */
export function logRequests(fastify: FastifyInstance): void {
  const logger = new Logger('Requests');
  fastify.addHook('onResponse', (request: FastifyRequest & AuthenticatedRequest, { statusCode, elapsedTime }, done) => {
    const { userId, keyId } = request.caller ?? {};
    const entry = { ...describeRequest(request), userId, keyId, statusCode, durationMs: Math.round(elapsedTime) };
    if (statusCode >= 400) logger.log(entry);
    else logger.debug(entry);
    done();
  });
}
