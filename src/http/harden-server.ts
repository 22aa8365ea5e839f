import type { Server } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { holdContinue, waitsForContinue } from '../common/expect-continue.js';
import { PAGE_HEADERS } from '../common/security-headers.js';

const HEADERS_TIMEOUT_MS = 15_000;

/** Limits of the HTTP server of an application. */
export interface HardenOptions {
  /** Time for a client to send a complete request, in milliseconds. Default: 60,000. */
  requestTimeoutMs?: number;
  /** Time for a handler to start its response, in milliseconds. Default: 20,000, because DELETE waits for an attempt. */
  answerTimeoutMs?: number;
  /** Maximum connections of clients. Further connections are closed immediately. Default: 10,000. */
  maxConnections?: number;
  /** Path of the Swagger page, which needs other security headers than the API. Default: `docs`. */
  docsPath?: string;
}

/**
 * Protects the HTTP server of an application on Fastify or Express. Routes of this package protect themselves; this adds
 * the limits that only a whole server can have:
 *
 * - time limits for slow clients;
 * - a limit for connections;
 * - `100 Continue` only for admitted requests;
 * - security headers for the Swagger page.
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
  // The defaults of Node.js allow 5 minutes for a slow request, and any time for its response.
  server.requestTimeout = requestTimeoutMs;
  server.headersTimeout = Math.min(HEADERS_TIMEOUT_MS, requestTimeoutMs);
  server.setTimeout(requestTimeoutMs + answerTimeoutMs);
  holdContinue(server);
  const adapter = app.getHttpAdapter();
  if (adapter.getType() === 'fastify') hardenFastify(adapter.getInstance() as FastifyInstance, docsPath);
  // On Express, the admission middleware sees requests of all routes and sends `100 Continue`.
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
    // Routes of this package send it themselves, after admission.
    if (waitsForContinue(request.raw) && !request.is404 && !request.routeOptions.config.own) reply.raw.writeContinue();
    done();
  });
}
