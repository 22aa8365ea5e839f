import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Context } from '@opentelemetry/api';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { activeTraceparent, headerOf, Tracing } from './tracing.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';
const TRACEPARENT = `00-${TRACE}-${PARENT}-01`;

describe('Tracing without an SDK', () => {
  it('makes no spans, and runs work unchanged', async () => {
    const tracing = new Tracing();
    expect(tracing.isOn).toBe(false);
    await expect(tracing.inSpan('publish', async (traceparent) => traceparent)).resolves.toBeNull();
    await expect(tracing.statement('claim', async () => 1, {})).resolves.toBe(1);
    expect(() => tracing.start('attempt', SpanKind.CLIENT, null, {})).toThrow('No OpenTelemetry SDK is registered');
    expect(activeTraceparent()).toBeNull();
  });
});

describe('Tracing with the SDK of a host application', () => {
  let exporter: InMemorySpanExporter;
  let tracing: Tracing;
  /** The active context, which an application has from its own instrumentation. */
  let active: Context;

  beforeEach(() => {
    active = ROOT_CONTEXT;
    exporter = new InMemorySpanExporter();
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
    context.setGlobalContextManager({
      active: () => active,
      with: (_context, run, self, ...args) => run.call(self as never, ...args),
      bind: (_context, target) => target,
      enable() {
        return this;
      },
      disable() {
        return this;
      },
    });
    tracing = new Tracing();
  });

  afterEach(() => {
    trace.disable();
    context.disable();
  });

  const spans = () =>
    exporter.getFinishedSpans().map((span) => ({
      name: span.name,
      traceId: span.spanContext().traceId,
      parent: span.parentSpanContext?.spanId,
      error: span.status.code === SpanStatusCode.ERROR ? span.attributes['error.type'] : undefined,
      rows: span.attributes['db.operation.batch.size'],
    }));

  it('publishes in a span below the active span', async () => {
    const request = trace.getTracer('host').startSpan('request');
    active = trace.setSpan(ROOT_CONTEXT, request);
    expect(activeTraceparent()).toBe(headerOf(request));
    const traceparent = await tracing.inSpan('publish', async (value) => value);
    const { traceId, spanId } = request.spanContext();
    expect(spans()).toEqual([expect.objectContaining({ name: 'publish', traceId, parent: spanId })]);
    expect(traceparent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
  });

  it('publishes in a new trace without an active span', async () => {
    await expect(tracing.inSpan('publish', () => Promise.reject(new TypeError('no data')))).rejects.toThrow('no data');
    expect(spans()).toEqual([expect.objectContaining({ name: 'publish', parent: undefined, error: 'TypeError' })]);
  });

  it('makes one span per trace of a statement, whatever is active', async () => {
    active = trace.setSpan(ROOT_CONTEXT, trace.getTracer('host').startSpan('request'));
    const rows = [{ traceparent: TRACEPARENT }, { traceparent: null }, { traceparent: TRACEPARENT }];
    await tracing.statement('claim', async () => rows, { output: (result) => result });
    const span = { name: 'claim', traceId: TRACE, parent: PARENT, error: undefined, rows: 3 };
    expect(spans()).toEqual([span, span]);
  });

  it('marks the spans of a statement that fails', async () => {
    const failure = Promise.reject(new RangeError('the value is hunter2'));
    const input = [{ traceparent: TRACEPARENT }];
    await expect(tracing.statement('settle', () => failure, { input })).rejects.toThrow(RangeError);
    expect(spans()).toEqual([{ name: 'settle', traceId: TRACE, parent: PARENT, error: 'RangeError', rows: 1 }]);
    expect(
      JSON.stringify(exporter.getFinishedSpans().map(({ status, attributes }) => [status, attributes])),
    ).not.toContain('hunter2');
  });
});
