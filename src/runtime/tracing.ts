import { Injectable } from '@nestjs/common';
import {
  context,
  ProxyTracerProvider,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import { partsOf } from '../common/traceparent.js';
import { VERSION } from '../common/version.js';

const NAME = 'docmap-webhooks';

/** A thing that may belong to a trace. */
interface Traced {
  /** A header of W3C Trace Context. Null without a trace. */
  readonly traceparent: string | null;
}

/** The traces that a statement serves. Each gets a span with the times of the statement. */
export interface TracedStatement<Result> {
  /** The traced input: these traces get a span, whether the statement succeeds or fails. */
  readonly input?: readonly Traced[];
  /** Selects the traced output. Its traces get a span after a success. */
  readonly output?: (result: Result) => readonly Traced[];
}

/**
 * Makes spans with the OpenTelemetry SDK that is registered in this process before the application starts: by the service, or
 * by the host application. Without an SDK, {@link isOn} is false and no span is made.
 *
 * Every span names its parent, because statements and attempts serve many traces at the same time.
 */
@Injectable()
export class Tracing {
  private readonly tracer: Tracer | undefined = registeredTracer();

  /** Whether this process makes spans. */
  get isOn(): boolean {
    return this.tracer !== undefined;
  }

  /**
   * Starts a span. Call it only if {@link isOn}.
   *
   * @param parent null: the active span of the host application, or else a new trace
   */
  start(name: string, kind: SpanKind, parent: string | null, attributes: Attributes): Span {
    if (!this.tracer) throw new Error('No OpenTelemetry SDK is registered');
    return this.tracer.startSpan(name, { kind, attributes }, contextOf(parent));
  }

  /**
   * Runs work in a span below the active span of the host application, or else in a new trace.
   *
   * @param work gets the `traceparent` for everything that follows from it; null without an SDK
   */
  async inSpan<Result>(name: string, work: (traceparent: string | null) => Promise<Result>): Promise<Result> {
    if (!this.tracer) return work(null);
    const span = this.start(name, SpanKind.INTERNAL, null, {});
    try {
      return await work(headerOf(span));
    } catch (error) {
      fail(span, (error as Error).name);
      throw error;
    } finally {
      span.end();
    }
  }

  /** Runs a statement that serves many traces. */
  async statement<Result>(
    name: string,
    run: () => Promise<Result>,
    { input = [], output }: TracedStatement<Result>,
  ): Promise<Result> {
    if (!this.tracer) return run();
    const startTime = Date.now();
    try {
      const result = await run();
      this.record(name, startTime, output?.(result) ?? input);
      return result;
    } catch (error) {
      this.record(name, startTime, input, error as Error);
      throw error;
    }
  }

  private record(name: string, startTime: number, traced: readonly Traced[], error?: Error): void {
    const attributes: Attributes = { 'db.system.name': 'postgresql', 'db.operation.batch.size': traced.length };
    for (const { traceparent } of traced) {
      if (traceparent === null) continue;
      const options = { kind: SpanKind.INTERNAL, startTime, attributes };
      const span = this.tracer?.startSpan(name, options, contextOf(traceparent));
      if (span && error) fail(span, error.name);
      span?.end();
    }
  }
}

/**
 * Marks a span as failed.
 *
 * @param errorType has few values: the name of an error, a status code, or `_OTHER`
 * @param message never the message of an unknown error, which may contain values of users
 */
export function fail(span: Span, errorType: string, message?: string): void {
  span.setAttribute('error.type', errorType);
  span.setStatus({ code: SpanStatusCode.ERROR, ...(message === undefined ? {} : { message }) });
}

/** The header that makes other spans children of this one. */
export function headerOf(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-0${traceFlags & 1}`;
}

/** The active span of the host application, as the header of its children. Null without one. */
export function activeTraceparent(): string | null {
  const active = trace.getActiveSpan();
  return active === undefined || !trace.isSpanContextValid(active.spanContext()) ? null : headerOf(active);
}

function contextOf(parent: string | null): Context {
  if (parent === null) return context.active();
  return trace.setSpanContext(ROOT_CONTEXT, { ...partsOf(parent), isRemote: true });
}

/** The tracer of the registered SDK. Undefined without one: the API's own provider then has nothing to delegate to. */
function registeredTracer(): Tracer | undefined {
  const provider = trace.getTracerProvider();
  if (!(provider instanceof ProxyTracerProvider)) return provider.getTracer(NAME, VERSION);
  return provider.getDelegateTracer(NAME, VERSION);
}
