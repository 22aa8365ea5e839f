import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { traceIdOf, traceparentOf } from './traceparent.js';

/** The common part of the requests of Fastify and Express. Express extends Node's request, Fastify wraps it. */
export interface HttpRequest {
  raw?: IncomingMessage;
  method: string;
  headers: IncomingHttpHeaders;
  /** The address of the client. Undefined after the client disconnected. */
  ip: string | undefined;
  body?: unknown;
}

/** The common part of the responses of Fastify and Express. */
export interface HttpReply {
  raw?: ServerResponse;
  getHeader(name: string): unknown;
  getHeaders(): Record<string, unknown>;
  header(name: string, value: string): this;
  status(code: number): { send(body?: unknown): unknown };
}

/** The request object of Node.js. */
export function rawOf(request: HttpRequest): IncomingMessage {
  return request.raw ?? (request as unknown as IncomingMessage);
}

/** The response object of Node.js. */
export function rawReplyOf(reply: HttpReply): ServerResponse {
  return reply.raw ?? (reply as unknown as ServerResponse);
}

/**
 * Begins a response whose body the handler writes itself, over a long time. The framework does not touch it any more.
 *
 * @param headers besides those that are set already
 */
export function beginRawReply(
  reply: HttpReply & { hijack?: () => unknown },
  headers: Readonly<Record<string, string>>,
): ServerResponse {
  reply.hijack?.();
  const raw = rawReplyOf(reply);
  // Fastify keeps the headers of a reply apart from those of its response.
  raw.writeHead(200, { ...(reply.getHeaders() as OutgoingHttpHeaders), ...headers });
  return raw;
}

/** Fields that identify a request in log lines. */
interface Described {
  /** Fastify. */
  id?: unknown;
  routeOptions?: { url?: string };
  /** Express. */
  route?: { path?: unknown };
}

/** The fields of log lines about a request. */
interface RequestDescription {
  requestId: string | undefined;
  route: string;
  /** Only if the request belongs to a trace. */
  traceId: string | undefined;
}

/** The id, the route and the trace of a request, for log lines. Never the URL, which may hold a secret. */
export function describeRequest(request: HttpRequest): RequestDescription {
  const { id, routeOptions, route } = request as HttpRequest & Described;
  const path = routeOptions?.url ?? route?.path;
  const traceparent = traceparentOf(request.headers.traceparent);
  return {
    requestId: requestIds.get(rawOf(request)) ?? (typeof id === 'string' ? id : undefined),
    route: `${request.method} ${typeof path === 'string' ? path : '?'}`,
    traceId: traceparent === null ? undefined : traceIdOf(traceparent),
  };
}

const requestIds = new WeakMap<IncomingMessage, string>();

/** Stores the id that the response to a request carries in `x-request-id`. */
export function setRequestId(request: IncomingMessage, id: string): void {
  requestIds.set(request, id);
}
