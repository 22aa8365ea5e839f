import { Injectable } from '@nestjs/common';
import { Counter, Histogram } from 'prom-client';
import { ERROR_STATUS, type ErrorCode } from '../common/domain-error.js';
import { AppConfig } from '../config/app-config.js';
import { PublishRefusedEvent } from '../events/publish-refused.event.js';
import { LEASE_GRACE_MS } from '../queue/claim-limits.js';
import { ServiceEmitter } from '../runtime/service-emitter.js';
import { durationBuckets } from './buckets.js';
import { MetricsRegistry } from './metrics-registry.js';

/**
 * Records one response.
 *
 * @param status of HTTP
 * @param durationMs from the arrival of the request to the end of the response
 */
export type RecordResponse = (status: number, durationMs: number) => void;

const LEAST_DURATION_MS = 1;
/** The error codes of publishing, in the order of the catalogue. Each has its own status. */
const CODES = Object.entries(ERROR_STATUS) as [ErrorCode, number][];

/** HTTP requests by route and class of status. The label is the pattern of the route: users can't choose its values. */
@Injectable()
export class RequestMetrics {
  private readonly duration: Histogram<'route' | 'status_class'>;
  private readonly refused: Counter<'code'>;
  /** By route. */
  private readonly records = new Map<string, RecordResponse>();

  constructor(registry: MetricsRegistry, { deliveryTimeoutMs }: AppConfig, emitter: ServiceEmitter) {
    this.duration = new Histogram({
      name: 'docmap_http_request_duration_seconds',
      help: 'Durations of HTTP requests by route and class of status. Requests without a route have the route "unmatched".',
      labelNames: ['route', 'status_class'] as const,
      // A deletion waits for attempts in flight.
      buckets: durationBuckets(deliveryTimeoutMs + LEASE_GRACE_MS, LEAST_DURATION_MS),
      registers: [registry],
    });
    this.refused = new Counter({
      name: 'docmap_publish_requests_refused_total',
      help: 'Requests to publish that were refused, over HTTP or in process, by error code. A batch counts once.',
      labelNames: ['code'] as const,
      registers: [registry],
    });
    for (const code of ['VALIDATION_ERROR', 'RATE_LIMITED', 'SERVICE_UNAVAILABLE'] as const)
      this.refused.inc({ code }, 0);
    emitter.listen(PublishRefusedEvent, ({ code }) => this.refused.inc({ code }));
  }

  /**
   * The function that records responses of a route.
   *
   * @param route method and pattern, such as `GET /v1/webhooks/:id`
   * @param publishes whether its errors are refused events
   */
  of(route: string, publishes = false): RecordResponse {
    const record = this.records.get(route) ?? this.recordOf(route, publishes);
    this.records.set(route, record);
    return record;
  }

  private recordOf(route: string, publishes: boolean): RecordResponse {
    const children = new Map<number, Pick<Histogram.Internal<'route'>, 'observe'>>();
    return (status, durationMs) => {
      const hundreds = Math.floor(status / 100);
      let child = children.get(hundreds);
      if (!child) {
        child = this.duration.labels(route, `${hundreds}xx`);
        children.set(hundreds, child);
      }
      child.observe(durationMs / 1_000);
      if (publishes && status >= 400) this.refused.inc({ code: codeOf(status) });
    };
  }
}

function codeOf(status: number): ErrorCode {
  return CODES.find(([, known]) => known === status)?.[0] ?? 'INTERNAL_ERROR';
}
