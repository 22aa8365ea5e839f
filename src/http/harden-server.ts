import type { Server } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { holdContinue, waitsForContinue } from '../common/expect-continue.js';
import { PAGE_HEADERS } from '../common/security-headers.js';

const HEADERS_TIMEOUT_MS = 15_000;

/** Limits of the HTTP server of an application. */
export interface HardenOptions {
  /** Milliseconds that a client may take to send a request. Default: 60,000. */
  requestTimeoutMs?: number;
  /** Milliseconds that a handler may take before its answer begins. Default: 20,000, for DELETE waits for an attempt. */
  answerTimeoutMs?: number;
  /** Connections of clients at most; more are closed as they come. Default: 10,000. */
  maxConnections?: number;
  /** The path of the Swagger page, which gets security headers that let it work. Default: `docs`. */
  docsPath?: string;
}

/**
 * Protects the HTTP server of an application, on Fastify or Express: time limits for slow clients, a limit on connections,
 * `100 Continue` only for requests that are admitted, and security headers for the Swagger page. The routes of this package
 * protect themselves; these are limits that only a server as a whole can have.
 *
 * Call it between `NestFactory.create` and `app.listen`, before `SwaggerModule.setup`.
 */
export function hardenServer(
  app: INestApplication,
  {
    requestTimeoutMs = 60_000,
    answerTimeoutMs = 20_000,
    maxConnections = 10_000,
    docsPath = 'docs',
  }: HardenOptions = {},
): void {
  const server = app.getHttpServer() as Server;
  server.maxConnections = maxConnections;
  // Node's own defaults: a request that is sent a byte at a time may take 5 minutes, and its answer has no limit.
  server.requestTimeout = requestTimeoutMs;
  server.headersTimeout = Math.min(HEADERS_TIMEOUT_MS, requestTimeoutMs);
  server.setTimeout(requestTimeoutMs + answerTimeoutMs);
  holdContinue(server);
  const adapter = app.getHttpAdapter();
  if (adapter.getType() === 'fastify') hardenFastify(adapter.getInstance() as FastifyInstance, docsPath);
  // On Express the admission lets clients continue: it sees the requests of all routes.
  else
    app.use(`/${docsPath}`, (_request: unknown, response: Headed, next: () => void) => {
      for (const [name, value] of Object.entries(PAGE_HEADERS)) response.setHeader(name, value);
      next();
    });
}

interface Headed {
  setHeader(name: string, value: string): void;
}

function hardenFastify(fastify: FastifyInstance, docsPath: string): void {
  fastify.addHook('onRoute', (route) => {
    if (!route.url.startsWith(`/${docsPath}`)) return;
    route.onRequest = async (_request, reply) => void reply.headers(PAGE_HEADERS);
  });
  fastify.addHook('preParsing', (request, reply, _payload, done) => {
    // Routes of this package do this themselves, after they have admitted the request.
    if (waitsForContinue(request.raw) && !request.is404 && !request.routeOptions.config.own) reply.raw.writeContinue();
    done();
  });
}
