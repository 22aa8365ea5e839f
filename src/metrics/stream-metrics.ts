import { Injectable } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { AppConfig } from '../config/app-config.js';
import { ServiceEmitter } from '../runtime/service-emitter.js';
import { EventsStreamedEvent } from '../streams/events-streamed.event.js';
import { CLOSE_REASONS, StreamClosedEvent } from '../streams/stream-closed.event.js';
import { StreamsService } from '../streams/streams.service.js';
import { MetricsRegistry } from './metrics-registry.js';

/** Open event streams, the events in them, and their ends. A process that only dispatches has no streams. */
@Injectable()
export class StreamMetrics {
  constructor(registry: MetricsRegistry, streams: StreamsService, { role }: AppConfig, emitter: ServiceEmitter) {
    if (role === 'dispatcher') return;
    const registers = [registry];
    new Gauge({
      name: 'docmap_event_streams_open',
      help: 'Open event streams of this process.',
      registers,
      collect() {
        this.set(streams.open);
      },
    });
    const streamed = new Counter({
      name: 'docmap_events_streamed_total',
      help: 'Events written to streams. An event counts once for each stream.',
      registers,
    });
    const closed = new Counter({
      name: 'docmap_event_streams_closed_total',
      help: 'Ended event streams by reason: the client left, it read too slowly, its credentials ended, or the process stopped.',
      labelNames: ['reason'] as const,
      registers,
    });
    for (const reason of CLOSE_REASONS) closed.inc({ reason }, 0);
    emitter.listen(EventsStreamedEvent, ({ count }) => streamed.inc(count));
    emitter.listen(StreamClosedEvent, ({ reason }) => closed.inc({ reason }));
  }
}
