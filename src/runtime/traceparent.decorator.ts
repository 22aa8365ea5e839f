import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { HttpRequest } from '../common/http-messages.js';
import { traceparentOf } from '../common/traceparent.js';
import { OwnParameter } from './host-enhancers.js';
import { activeTraceparent } from './tracing.js';

const traceparent = createParamDecorator((_data: OwnParameter, context: ExecutionContext): string | null => {
  const request = context.switchToHttp().getRequest<HttpRequest>();
  return activeTraceparent() ?? traceparentOf(request.headers.traceparent);
});

/**
 * Injects the trace of a request: the active span of the host application, or the valid header `traceparent`. In the service
 * with tracing, this header names the span of the request itself. Null without a trace.
 */
export const Traceparent = () => traceparent(new OwnParameter('traceparent'));
