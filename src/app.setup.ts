import { randomUUID } from 'node:crypto';
import cors, { type FastifyCorsOptions } from '@fastify/cors';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import type { IncomingMessage } from 'node:http';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { createDocument } from './api-document/api-document.js';
import { documentInLanguage } from './api-document/document-in-language.js';
import { ApiErrorFilter } from './auth/api-error.filter.js';
import { saneRequestId } from './http/admission.js';
import { measureOtherRequests } from './http/fastify-admission.js';
import { hardenServer } from './http/harden-server.js';
import { MAX_BODY_BYTES } from './http/own-route.js';
import { traceRequests } from './http/request-spans.js';
import { forwardedAddresses } from './auth/client-network.js';
import { allowedMethods, methodNotAllowed } from './common/allowed-methods.js';
import { closestRoute, type Route } from './common/closest-route.js';
import { DomainError } from './common/domain-error.js';
import { GUIDES } from './common/guides.js';
import { API_HEADERS } from './common/security-headers.js';
import { boundUnreadBody } from './common/unread-body.js';
import { answerUnreadable } from './common/unreadable-request.js';
import type { AppConfig } from './config/app-config.js';
import { logRequests } from './logging/request-log.js';
import { RequestMetrics } from './metrics/request-metrics.js';
import { LEASE_GRACE_MS } from './queue/claim-limits.js';
import { Tracing } from './runtime/tracing.js';
import { text } from './translations/phrase.js';

const DOCS_PATH = 'docs';

/** Options of the Swagger page and of the OpenAPI document. */
export const DOCS_OPTIONS = {
  jsonDocumentUrl: 'openapi.json',
  yamlDocumentUrl: 'openapi.yaml',
  customSiteTitle: 'DocMap Webhooks API',
  patchDocumentOnRequest: documentInLanguage,
  swaggerOptions: {
    deepLinking: true,
    displayRequestDuration: true,
    persistAuthorization: true,
    tryItOutEnabled: true,
  },
} as const;

/** Options of `NestFactory.create` that {@link configureApp} relies on. */
export const APP_OPTIONS = { bufferLogs: true, abortOnError: false, bodyParser: false } as const;

const errorFilter = new ApiErrorFilter();

type AdapterOptions = Partial<Pick<AppConfig, 'trustProxy' | 'requestTimeoutMs'>>;

/** Makes the HTTP server: request ids, limits, and errors that occur before a route is found. */
export function createAdapter({ trustProxy = [], requestTimeoutMs = 60_000 }: AdapterOptions = {}): FastifyAdapter {
  const adapter = new FastifyAdapter({
    bodyLimit: MAX_BODY_BYTES,
    // X-Forwarded-For is trusted only from these proxies.
    trustProxy: trustProxy.length > 0 && [...trustProxy],
    http: {
      // Node.js would respond without a body. configureApp rejects the request with one.
      requireHostHeader: false,
      connectionsCheckingInterval: Math.min(5_000, requestTimeoutMs / 2),
    },
    genReqId: ({ headers }: IncomingMessage) => saneRequestId(headers['x-request-id']) ?? randomUUID(),
    forceCloseConnections: 'idle',
    // Requests that arrive while the server closes are still served, with `connection: close`.
    return503OnClosing: false,
    // Ids of any length reach their handler. The limit for request headers bounds them.
    routerOptions: { maxParamLength: 65_536 },
    clientErrorHandler: answerUnreadable,
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      reply.header('x-request-id', request.id).headers(API_HEADERS);
      if (boundUnreadBody(request.raw)) reply.header('connection', 'close');
      errorFilter.answer(error, request, reply);
    },
  });
  // Runs before the adapter's own hooks, one of which responds to targets that are no path.
  adapter.setOnRequestHook((request: FastifyRequest, reply: FastifyReply, done: () => void) => {
    reply.header('x-request-id', request.id).headers(API_HEADERS);
    done();
  });
  return adapter;
}

/** Sets up the application around the modules: the same for the server, the tests and `openapi.json`. */
export function configureApp(
  app: NestFastifyApplication,
  {
    role,
    corsOrigins,
    trustProxy,
    maxConnections,
    requestTimeoutMs,
    deliveryTimeoutMs,
  }: Pick<
    AppConfig,
    'role' | 'corsOrigins' | 'trustProxy' | 'maxConnections' | 'requestTimeoutMs' | 'deliveryTimeoutMs'
  >,
): void {
  const fastify = app.getHttpAdapter().getInstance();
  hardenServer(app, {
    requestTimeoutMs,
    answerTimeoutMs: deliveryTimeoutMs + LEASE_GRACE_MS,
    maxConnections,
    docsPath: DOCS_PATH,
  });
  traceRequests(fastify, app.get(Tracing));
  logRequests(fastify);
  measureOtherRequests(fastify, app.get(RequestMetrics, { strict: false }));
  fastify.addHook('onRequest', ({ raw }, _reply, done) => {
    const forwarded = raw.headers['x-forwarded-for'];
    if (trustProxy.length > 0 && typeof forwarded === 'string') {
      raw.headers['x-forwarded-for'] = forwardedAddresses(forwarded);
    }
    if (hasHost(raw)) done();
    else done(new DomainError('VALIDATION_ERROR', text('The request needs exactly one Host header.')));
  });
  const routes: Route[] = [];
  fastify.addHook('onRoute', ({ method, url, config }) => {
    // Suggestions and `Allow` must not reveal routes of a host application.
    const isOurs = config?.own !== undefined || url === `/${DOCS_PATH}` || url.startsWith('/openapi.');
    if (isOurs && typeof method === 'string' && method !== 'HEAD') routes.push({ method, path: url });
  });
  // Runs after all `onRequest` hooks, so that errors have CORS headers too, and before the body is read.
  fastify.addHook('preParsing', (request, reply, _payload, done) => {
    if (!request.is404) done();
    else if (isHomePage(request)) void reply.redirect(`/${DOCS_PATH}`);
    else done(unmatchedError(request, reply, role === 'dispatcher' ? [] : routes));
  });
  // The router accepts an empty segment as a parameter. Like every matched path, it needs a valid key first.
  fastify.addHook('preHandler', (request, reply, done) => {
    const { params, routeOptions } = request;
    if (routeOptions.config.own && Object.values(params as object).includes('')) {
      done(unmatchedError(request, reply, routes));
    } else done();
  });
  // Routes of this package limit unread bodies themselves.
  fastify.addHook('onSend', (request, reply, _payload, done) => {
    if (request.is404 && boundUnreadBody(request.raw)) reply.header('connection', 'close');
    done();
  });
  if (corsOrigins.length > 0) void fastify.register(cors, corsOptions(corsOrigins));
  fastify.addHook('preClose', async () => {
    // Closing ends idle connections only once. A connection that is busy then would stay until its client disconnects.
    const timer = setInterval(() => fastify.server.closeIdleConnections(), 100).unref();
    fastify.server.once('close', () => clearInterval(timer));
  });
  app.useGlobalFilters(errorFilter);
  SwaggerModule.setup(DOCS_PATH, app, () => createDocument(app), DOCS_OPTIONS);
  for (const guide of GUIDES) {
    // As plain text: no browser renders `text/markdown`, and Firefox downloads it instead of showing it.
    fastify.get(`/${DOCS_PATH}/${guide.file}`, (_request, reply) =>
      reply.type('text/plain; charset=utf-8').send(guide.text()),
    );
  }
}

/** Whether a browser requests the root. A host application has its own. */
function isHomePage({ method, url }: FastifyRequest): boolean {
  return (method === 'GET' || method === 'HEAD') && /^\/(?:\?|$)/.test(url);
}

/**
 * Makes the error for a request that matched no route. `Allow` needs no key, because the OpenAPI document is public too. A
 * process without the API does not reveal its methods.
 */
function unmatchedError(
  { server, method, url }: FastifyRequest,
  reply: FastifyReply,
  routes: readonly Route[],
): DomainError {
  const methods = routes.length === 0 ? [] : allowedMethods(server, url);
  if (methods.length === 0) {
    const meant = closestRoute(method, url, routes);
    if (routes.length === 0) return new DomainError('NOT_FOUND', text('There is no such route.'));
    return new DomainError(
      'NOT_FOUND',
      meant === undefined
        ? text('There is no such route. GET /docs lists all routes.')
        : text('There is no such route; did you mean {{route}}?', { route: meant }),
    );
  }
  const allowed = methods.join(', ');
  reply.header('allow', allowed);
  return methodNotAllowed(allowed);
}

/** CORS for pages that hold an API key. Cookies are not allowed: the API does not use them. */
function corsOptions(origins: readonly string[]): FastifyCorsOptions {
  return {
    origin: [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
    allowedHeaders: ['authorization', 'content-type', 'idempotency-key', 'last-event-id', 'x-request-id'],
    exposedHeaders: ['x-request-id', 'retry-after', 'ratelimit', 'ratelimit-policy'],
    maxAge: 600,
    strictPreflight: false,
  };
}

/** Whether there is exactly one Host header (RFC 9112, section 3.2). HTTP/1.0 does not need one. */
function hasHost({ httpVersion, headersDistinct }: IncomingMessage): boolean {
  return httpVersion === '1.0' || headersDistinct.host?.length === 1;
}
