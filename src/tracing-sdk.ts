import { diag, DiagLogLevel, trace } from '@opentelemetry/api';
import { setGlobalErrorHandler } from '@opentelemetry/core';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { VERSION } from './common/version.js';
import type { TracingProtocol } from './config/tracing-variables.js';

/** The log has at most one line about lost spans in this time. */
const WARNING_INTERVAL_MS = 60_000;
/** How long a stopping process waits for the export of its last spans. */
const LAST_EXPORT_MS = 5_000;

function ignore(): void {}

/** The OpenTelemetry SDK of the service. */
export class TracingSdk {
  private constructor(private readonly provider: BasicTracerProvider) {}

  /**
   * Registers the SDK for this process. The endpoint, its headers, the sampler, the limits and the resource come from the
   * variables of the OpenTelemetry specification.
   *
   * @param warn gets one message a minute at most
   */
  static register(protocol: TracingProtocol, warn: (message: string) => void): TracingSdk {
    let quietUntil = -Infinity;
    const report = (message: string): void => {
      if (performance.now() < quietUntil) return;
      quietUntil = performance.now() + WARNING_INTERVAL_MS;
      warn(`Spans may be lost: ${message}`);
    };
    diag.setLogger(
      { error: report, warn: report, info: ignore, debug: ignore, verbose: ignore },
      { logLevel: DiagLogLevel.WARN },
    );
    setGlobalErrorHandler((error) => report(typeof error === 'string' ? error : (error.message ?? 'unknown error')));
    const own = resourceFromAttributes({ 'service.name': 'docmap-webhooks', 'service.version': VERSION });
    const detected = detectResources({ detectors: [serviceInstanceIdDetector, envDetector] });
    const exporter = protocol === 'http/json' ? new JsonExporter() : new ProtobufExporter();
    const provider = new BasicTracerProvider({
      resource: defaultResource().merge(own).merge(detected),
      spanProcessors: [new BatchSpanProcessor(exporter)],
    });
    trace.setGlobalTracerProvider(provider);
    return new TracingSdk(provider);
  }

  /** Exports the last spans. Nest calls this after the last attempt is recorded. */
  async onApplicationShutdown(): Promise<void> {
    const end = new Promise<void>((resolve) => setTimeout(resolve, LAST_EXPORT_MS).unref());
    await Promise.race([this.provider.shutdown().catch(() => undefined), end]);
  }
}
