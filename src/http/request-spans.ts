import { SpanKind } from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AuthenticatedRequest } from '../auth/auth.decorators.js';
import { traceparentOf } from '../common/traceparent.js';
import { fail, headerOf, type Tracing } from '../runtime/tracing.js';

/**
 * Makes a span for each request to the API, from its headers to the end of its response. Its name has the route, and never the
 * path, which callers choose. Routes that need no key have no spans: probes would hide the other traces. Streams have none either: they
 * last for hours.
 *
 * The span replaces the header `traceparent` of the request. Everything that the request causes then has the span as its parent.
 */
export function traceRequests(fastify: FastifyInstance, tracing: Tracing): void {
  if (!tracing.isOn) return;
  fastify.addHook('onRequest', (request: FastifyRequest & AuthenticatedRequest, { raw: response }, done) => {
    const { method, routeOptions, headers } = request;
    const { url: route, config } = routeOptions;
    if (config.own === undefined || config.own.access.isPublic || config.own.isStream || route === undefined)
      return done();
    const span = tracing.start(`${method} ${route}`, SpanKind.SERVER, traceparentOf(headers.traceparent), {
      'http.request.method': method,
      'http.route': route,
      'docmap.request.id': request.id,
    });
    headers.traceparent = headerOf(span);
    response.once('close', () => {
      const { userId, keyId } = request.caller ?? {};
      if (userId !== undefined) span.setAttribute('user.id', userId);
      if (keyId !== undefined) span.setAttribute('docmap.key.id', keyId);
      if (response.writableFinished) span.setAttribute('http.response.status_code', response.statusCode);
      if (!response.writableFinished) fail(span, 'disconnected');
      else if (response.statusCode >= 500) fail(span, String(response.statusCode));
      span.end();
    });
    done();
  });
}
