import { eventually } from '../../support/api-client.js';
import { Receiver } from '../../support/receiver.js';

type Value = { stringValue?: string; intValue?: number | string };
interface Attribute {
  key: string;
  value: Value;
}

/** The fields of a span in OTLP/JSON that tests look at. */
interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  /** 1: internal, 2: server, 3: client. */
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: Attribute[];
  /** Code 2: error. */
  status: { code?: number; message?: string };
}

/** A span with its attributes, and those of its resource, by name. */
export type CollectedSpan = Omit<OtlpSpan, 'attributes'> & {
  attributes: Record<string, unknown>;
  resource: Record<string, unknown>;
};

interface OtlpRequest {
  resourceSpans: { resource: { attributes: Attribute[] }; scopeSpans: { spans: OtlpSpan[] }[] }[];
}

/** An HTTP server that takes spans in the form of OTLP, as an OpenTelemetry collector does. */
export class Collector {
  private constructor(private readonly receiver: Receiver) {}

  static async start(): Promise<Collector> {
    return new Collector(
      await Receiver.start((_request, response) => {
        response.setHeader('content-type', 'application/json').end('{}');
      }),
    );
  }

  /** The variables of a process that exports to this collector, in JSON and without delay. */
  get env(): Record<string, string> {
    return { ...this.endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json', OTEL_BSP_SCHEDULE_DELAY: '50' };
  }

  get endpoint(): Record<string, string> {
    return { OTEL_EXPORTER_OTLP_ENDPOINT: new URL(this.receiver.url).origin };
  }

  get requests(): Receiver['requests'] {
    return this.receiver.requests;
  }

  /** All spans of requests in JSON, in the order of their start. */
  get spans(): CollectedSpan[] {
    const bodies = this.requests.map(({ body }) => JSON.parse(body) as OtlpRequest);
    return bodies
      .flatMap(({ resourceSpans }) => resourceSpans)
      .flatMap(({ resource, scopeSpans }) =>
        scopeSpans.flatMap(({ spans }) =>
          spans.map((span) => ({
            ...span,
            attributes: valuesOf(span.attributes),
            resource: valuesOf(resource.attributes),
          })),
        ),
      )
      .sort((one, other) => Number(BigInt(one.startTimeUnixNano) - BigInt(other.startTimeUnixNano)));
  }

  /** The spans, after there are at least so many of this name. */
  spansWith(name: string, count: number): Promise<CollectedSpan[]> {
    return eventually(async () => {
      const { spans } = this;
      return spans.filter((span) => span.name === name).length >= count ? spans : undefined;
    }, `${count} spans named ${name}`);
  }

  close(): Promise<void> {
    return this.receiver.close();
  }
}

function valuesOf(attributes: readonly Attribute[]): Record<string, unknown> {
  return Object.fromEntries(
    attributes.map(({ key, value: { stringValue, intValue } }) => [key, stringValue ?? Number(intValue)]),
  );
}
