import { randomUUID } from 'node:crypto';
import { Injectable, Optional } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { AccessControl } from '../auth/access-control.js';
import { ApiErrorFilter } from '../auth/api-error.filter.js';
import type { AuthenticatedRequest } from '../auth/auth.decorators.js';
import { methodNotAllowed } from '../common/allowed-methods.js';
import { announcedLength } from '../common/body-headers.js';
import { waitsForContinue } from '../common/expect-continue.js';
import { rawOf, rawReplyOf, setRequestId, type HttpReply } from '../common/http-messages.js';
import { readBody } from '../common/read-body.js';
import { checkBodyHead, textOfBody } from '../common/request-body.js';
import { API_HEADERS } from '../common/security-headers.js';
import { boundUnreadBody } from '../common/unread-body.js';
import { RequestMetrics } from '../metrics/request-metrics.js';
import { admitExpress, type Express } from './express-admission.js';
import { admitFastify, type Fastify } from './fastify-admission.js';
import type { Admitting, OwnRoute } from './own-route.js';

/** The header that shows whether {@link API_HEADERS} are set. */
const MARK = 'content-security-policy';

/**
 * Checks a request to a route of this package before its body is read: role, credentials, limits, scopes, size and type.
 * Then reads the body. The matched route decides, never the text of the path. Other routes are not affected.
 */
@Injectable()
export class Admission implements Admitting {
  private readonly filter = new ApiErrorFilter();

  constructor(
    private readonly control: AccessControl,
    private readonly host: HttpAdapterHost,
    /** Undefined if the application does not serve metrics. */
    @Optional() private readonly metrics?: RequestMetrics,
  ) {}

  /** Call it before Nest registers the routes. Does nothing without an HTTP server. */
  install(): void {
    const adapter = this.host.httpAdapter as AbstractHttpAdapter | undefined;
    const type = adapter?.getType();
    if (type === 'fastify') admitFastify(adapter?.getInstance<Fastify>() as Fastify, this, this.metrics);
    else if (type === 'express') admitExpress(adapter?.getInstance<Express>() as Express, this, this.metrics);
  }

  async admit(request: AuthenticatedRequest, reply: HttpReply, own: OwnRoute): Promise<boolean> {
    this.setHeaders(request, reply);
    try {
      await this.control.admit(request, reply, own.access);
      if (request.method !== 'GET' && request.method !== 'HEAD') await this.readBody(request, reply, own);
      return true;
    } catch (error) {
      this.refuse(request, reply, error);
      return false;
    }
  }

  refuseMethod(request: AuthenticatedRequest, reply: HttpReply, allowed: readonly string[]): void {
    this.setHeaders(request, reply);
    const methods = allowed.join(', ');
    reply.header('allow', methods);
    this.refuse(request, reply, methodNotAllowed(methods));
  }

  private refuse(request: AuthenticatedRequest, reply: HttpReply, error: unknown): void {
    if (boundUnreadBody(rawOf(request))) reply.header('connection', 'close');
    this.filter.answer(error, request, reply);
  }

  private setHeaders(request: AuthenticatedRequest, reply: HttpReply): void {
    // The set-up of the service also sets them, for requests without a route.
    if (reply.getHeader(MARK) === API_HEADERS[MARK]) return;
    const raw = rawOf(request);
    const given = reply.getHeader('x-request-id');
    const id = typeof given === 'string' ? given : (saneRequestId(raw.headers['x-request-id']) ?? randomUUID());
    setRequestId(raw, id);
    reply.header('x-request-id', id);
    for (const [name, value] of Object.entries(API_HEADERS)) reply.header(name, value);
  }

  private async readBody(request: AuthenticatedRequest, reply: HttpReply, own: OwnRoute): Promise<void> {
    const raw = rawOf(request);
    const waits = waitsForContinue(raw);
    checkBodyHead(raw, own.bodyBytes, !waits);
    if (waits) rawReplyOf(reply).writeContinue();
    if (announcedLength(raw) !== 0) {
      const text = textOfBody(raw, await readBody(raw, own.bodyBytes));
      request.body = text === undefined ? undefined : own.reads(text);
    }
    // The body is read. The framework's parsers must not wait for it, nor reject its type.
    for (const name of ['content-type', 'content-length', 'transfer-encoding']) raw.headers[name] = undefined;
  }
}

/** The request id of the client. Undefined if it is not safe in headers and log lines. */
export function saneRequestId(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' && /^[\w.:/+=-]{1,128}$/.test(header) ? header : undefined;
}
