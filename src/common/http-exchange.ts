import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';

/** The part of a request that Fastify and Express have in common. Express extends Node's request, Fastify wraps it. */
export interface HttpRequest {
  raw?: IncomingMessage;
  method: string;
  headers: IncomingHttpHeaders;
  /** The address of the client; undefined after it has left. */
  ip: string | undefined;
  body?: unknown;
}

/** The part of a response that Fastify and Express have in common. */
export interface HttpReply {
  raw?: ServerResponse;
  getHeader(name: string): unknown;
  header(name: string, value: string): this;
  status(code: number): { send(body?: unknown): unknown };
}

/** Node's own request. */
export function rawOf(request: HttpRequest): IncomingMessage {
  return request.raw ?? (request as unknown as IncomingMessage);
}

/** Node's own response. */
export function rawReplyOf(reply: HttpReply): ServerResponse {
  return reply.raw ?? (reply as unknown as ServerResponse);
}

/** What log lines name a request by. */
interface Described {
  /** Fastify. */
  id?: unknown;
  routeOptions?: { url?: string };
  /** Express. */
  route?: { path?: unknown };
}

/** The id of a request in answers and log lines, and its route, for log lines: never the URL, which may hold a secret. */
export function describeRequest(request: HttpRequest): { requestId: string | undefined; route: string } {
  const { id, routeOptions, route } = request as HttpRequest & Described;
  const path = routeOptions?.url ?? route?.path;
  return {
    requestId: requestIds.get(rawOf(request)) ?? (typeof id === 'string' ? id : undefined),
    route: `${request.method} ${typeof path === 'string' ? path : '?'}`,
  };
}

const requestIds = new WeakMap<IncomingMessage, string>();

/** Remembers the id that the answer to a request carries. */
export function setRequestId(request: IncomingMessage, id: string): void {
  requestIds.set(request, id);
}
