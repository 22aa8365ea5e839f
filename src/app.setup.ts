import { randomUUID } from 'node:crypto';
import cors, { type FastifyCorsOptions } from '@fastify/cors';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { IncomingMessage } from 'node:http';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { ApiErrorFilter } from './auth/api-error.filter.js';
import { saneRequestId } from './http/admission.js';
import { MAX_BODY_BYTES } from './http/own-route.js';
import { forwardedAddresses } from './auth/client-network.js';
import { allowedMethods } from './common/allowed-methods.js';
import { closeBodies } from './common/closed-bodies.js';
import { DomainError } from './common/domain-error.js';
import { holdContinue, waitsForContinue } from './common/expect-continue.js';
import { API_HEADERS, PAGE_HEADERS } from './common/security-headers.js';
import { boundUnreadBody } from './common/unread-body.js';
import { answerUnreadable } from './common/unreadable-request.js';
import { VERSION } from './common/version.js';
import type { AppConfig } from './config/app-config.js';
import { logRequests } from './request-log.js';

const HEADERS_TIMEOUT_MS = 15_000;
const DOCS_PATH = 'docs';

/** What `NestFactory.create` needs for {@link configureApp} to do its part. */
export const APP_OPTIONS = { bufferLogs: true, abortOnError: false, bodyParser: false } as const;

const errorFilter = new ApiErrorFilter();

type AdapterOptions = Partial<Pick<AppConfig, 'trustProxy' | 'requestTimeoutMs' | 'deliveryTimeoutMs'>>;

/** The HTTP server: request ids, limits, and errors that arise before a route is found. */
export function createAdapter({
  trustProxy = [],
  requestTimeoutMs = 60_000,
  deliveryTimeoutMs = 0,
}: AdapterOptions = {}): FastifyAdapter {
  const adapter = new FastifyAdapter({
    bodyLimit: MAX_BODY_BYTES,
    // X-Forwarded-For is trusted only from these proxies.
    trustProxy: trustProxy.length > 0 && [...trustProxy],
    // Fastify's default would let a request that is sent a byte at a time hold its socket for ever.
    requestTimeout: requestTimeoutMs,
    http: {
      // Node would answer without a body: configureApp refuses it in the form of every error.
      requireHostHeader: false,
      headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeoutMs),
      connectionsCheckingInterval: Math.min(5_000, requestTimeoutMs / 2),
    },
    // Who does not read its answer. A deletion may be silent for as long as an attempt that it waits for.
    connectionTimeout: requestTimeoutMs + deliveryTimeoutMs + 10_000,
    genReqId: ({ headers }: IncomingMessage) => saneRequestId(headers['x-request-id']) ?? randomUUID(),
    forceCloseConnections: 'idle',
    // What still comes in while the server closes is served, and told that its connection ends.
    return503OnClosing: false,
    // Any id is looked up, however long: what bounds it is the limit on a request's head.
    routerOptions: { maxParamLength: 65_536 },
    clientErrorHandler: answerUnreadable,
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      reply.header('x-request-id', request.id).headers(API_HEADERS);
      if (boundUnreadBody(request.raw)) reply.header('connection', 'close');
      errorFilter.answer(error, request, reply);
    },
  });
  // Runs before the adapter's own hooks, one of which answers targets that are no path.
  adapter.setOnRequestHook((request: FastifyRequest, reply: FastifyReply, done: () => void) => {
    reply.header('x-request-id', request.id).headers(API_HEADERS);
    done();
  });
  return adapter;
}

/** Sets up what surrounds the modules. The same for the server, the tests and `openapi.json`. */
export function configureApp(
  app: NestFastifyApplication,
  {
    role,
    corsOrigins,
    trustProxy,
    maxConnections,
  }: Pick<AppConfig, 'role' | 'corsOrigins' | 'trustProxy' | 'maxConnections'>,
): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.server.maxConnections = maxConnections;
  logRequests(fastify);
  fastify.addHook('onRequest', ({ raw }, _reply, done) => {
    const forwarded = raw.headers['x-forwarded-for'];
    if (trustProxy.length > 0 && typeof forwarded === 'string') {
      raw.headers['x-forwarded-for'] = forwardedAddresses(forwarded);
    }
    if (hasHost(raw)) done();
    else done(new DomainError('VALIDATION_ERROR', 'The request needs exactly one Host header.'));
  });
  fastify.addHook('onRoute', (route) => {
    if (!route.url.startsWith(`/${DOCS_PATH}`)) return;
    route.onRequest = async (_request, reply) => void reply.headers(PAGE_HEADERS);
  });
  // Runs after every `onRequest` hook, so that refusals have CORS headers too, and before the body is read.
  fastify.addHook('preParsing', (request, reply, _payload, done) => {
    if (request.is404) return done(unmatchedError(request, reply, role));
    // Routes of the API do this themselves, after they have admitted the request.
    if (waitsForContinue(request.raw) && !request.routeOptions.config.own) reply.raw.writeContinue();
    done();
  });
  holdContinue(fastify.server);
  // Routes of the API bound their bodies themselves.
  fastify.addHook('onSend', (request, reply, _payload, done) => {
    if (request.is404 && boundUnreadBody(request.raw)) reply.header('connection', 'close');
    done();
  });
  if (corsOrigins.length > 0) void fastify.register(cors, corsOptions(corsOrigins));
  fastify.addHook('preClose', async () => {
    // Closing ends idle connections once. One that is busy at that moment would stay, idle, until its client leaves.
    const timer = setInterval(() => fastify.server.closeIdleConnections(), 100).unref();
    fastify.server.once('close', () => clearInterval(timer));
  });
  app.useGlobalFilters(errorFilter);
  SwaggerModule.setup(DOCS_PATH, app, () => createDocument(app), {
    jsonDocumentUrl: 'openapi.json',
    yamlDocumentUrl: 'openapi.yaml',
    customSiteTitle: 'DocMap Webhooks API',
    swaggerOptions: { persistAuthorization: true, tryItOutEnabled: true, displayRequestDuration: true },
  });
}

/**
 * Makes the error for a request that matched no route. The methods of a path need no key: the OpenAPI document is public
 * too. A process without the API does not name them.
 */
function unmatchedError({ server, url }: FastifyRequest, reply: FastifyReply, role: AppConfig['role']): DomainError {
  const methods = role === 'dispatcher' ? [] : allowedMethods(server, url);
  if (methods.length === 0) return new DomainError('NOT_FOUND', 'There is no such route.');
  reply.header('allow', methods.join(', '));
  return new DomainError('METHOD_NOT_ALLOWED', `This path takes ${methods.join(', ')} only.`);
}

/** The OpenAPI document of all routes. */
export function createDocument(app: NestFastifyApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('DocMap Webhooks API')
    .setDescription(
      'Register webhooks, publish extraction events, and read the log of every delivery attempt. ' +
        'Errors have the form `{ "error": { "code", "message" } }`; every response carries `x-request-id`.',
    )
    .setVersion(VERSION)
    .addTag('Webhooks', 'Where to send which events.')
    .addTag('Deliveries', 'The log: one record for every request that was sent.')
    .addTag('Events', 'What happened to extractions, and what became of it.')
    .addTag('API keys', 'Who may call.')
    .addTag('Operation', 'For whoever runs the service.')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'dm_live_…', description: 'An API key.' })
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}_${method}`,
  });
  // The Swagger plugin guesses a response of every handler from its return type; ours are all declared.
  for (const path of Object.values(document.paths)) {
    for (const operation of Object.values(path) as Operation[]) delete operation.responses.default;
  }
  closeBodies(document);
  return document;
}

/** Pages of these origins may call with a key that they hold; never with cookies, which mean nothing here. */
function corsOptions(origins: readonly string[]): FastifyCorsOptions {
  return {
    origin: [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
    allowedHeaders: ['authorization', 'content-type', 'idempotency-key', 'x-request-id'],
    exposedHeaders: ['x-request-id', 'retry-after', 'ratelimit', 'ratelimit-policy'],
    maxAge: 600,
    strictPreflight: false,
  };
}

interface Operation {
  responses: Record<string, unknown>;
}

/** RFC 9112, section 3.2; HTTP/1.0 knows no such header. */
function hasHost({ httpVersion, headersDistinct }: IncomingMessage): boolean {
  return httpVersion === '1.0' || headersDistinct.host?.length === 1;
}
