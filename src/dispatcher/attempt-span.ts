import { SpanKind, type Span } from '@opentelemetry/api';
import { webhookIdOf } from '../common/ids.js';
import type { AttemptOutcome } from '../queue/attempt-outcome.js';
import type { LeasedDelivery } from '../queue/outbox.types.js';
import { fail, type Tracing } from '../runtime/tracing.js';

/**
 * Starts the span of an attempt, in the trace of the event. The attempts of an event without a trace each have their own trace.
 *
 * The path and the query of the URL are not recorded: they may contain secrets.
 */
export function startAttemptSpan(tracing: Tracing, delivery: LeasedDelivery): Span {
  const { hostname, port, protocol } = new URL(delivery.url);
  return tracing.start('attempt', SpanKind.CLIENT, delivery.traceparent, {
    'http.request.method': 'POST',
    'server.address': hostname,
    'server.port': port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
    'user.id': delivery.userId,
    'docmap.webhook.id': webhookIdOf(delivery.webhookUuid),
    'docmap.event.id': delivery.eventId,
    'docmap.event.type': delivery.eventType,
    'docmap.delivery.id': delivery.id,
    'docmap.attempt': delivery.attempts + 1,
    'docmap.trigger': delivery.trigger,
  });
}

/** Ends the span of an attempt. The log of deliveries has the same status and the same error. */
export function endAttemptSpan(span: Span, { response, error }: AttemptOutcome): void {
  if (response) span.setAttribute('http.response.status_code', response.status);
  if (error !== null) fail(span, response ? String(response.status) : '_OTHER', error);
  span.end();
}
