import { Injectable } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { VERSION } from '../common/version.js';
import { AppConfig } from '../config/app-config.js';
import { Database } from '../database/database.js';
import { PROXY_FAULTS, ProxyHealth } from '../dispatcher/proxy-health.js';
import { DispatcherService } from '../dispatcher/dispatcher.service.js';
import { REMOVED_KINDS, RowsRemovedEvent } from '../retention/rows-removed.event.js';
import { ServiceEmitter } from '../runtime/service-emitter.js';
import { MetricsRegistry } from './metrics-registry.js';

const SOURCES = ['claim', 'fast-path'] as const;

/** The state of this process at the time of a scrape: slots, buffers, connections. Also removed rows, and the build. */
@Injectable()
export class ProcessMetrics {
  constructor(
    private readonly registry: MetricsRegistry,
    private readonly dispatcher: DispatcherService,
    private readonly database: Database,
    private readonly proxy: ProxyHealth,
    { role, databaseUrl, dispatchConcurrency, deliveryProxy }: AppConfig,
    emitter: ServiceEmitter,
  ) {
    if (role !== 'api') this.addDispatch(dispatchConcurrency);
    if (role !== 'api' && deliveryProxy !== undefined) this.addProxy();
    this.addDatabase();
    this.addRetention(emitter);
    new Gauge({
      name: 'docmap_build_info',
      help: 'Always 1. The labels describe this process.',
      labelNames: ['version', 'node', 'role', 'database'] as const,
      registers: [registry],
    }).set(
      { version: VERSION, node: process.version, role, database: databaseUrl === undefined ? 'embedded' : 'server' },
      1,
    );
  }

  private addDispatch(slots: number): void {
    const { dispatcher } = this;
    const registers = [this.registry];
    new Gauge({
      name: 'docmap_dispatch_slots',
      help: 'The maximum number of attempts in flight in this process (DISPATCH_CONCURRENCY).',
      registers,
    }).set(slots);
    new Gauge({
      name: 'docmap_delivery_attempts_in_flight',
      help: 'Attempts of this process that are in flight or not recorded yet. Each takes a slot.',
      registers,
      collect() {
        this.set(dispatcher.unsettledAttempts);
      },
    });
    new Gauge({
      name: 'docmap_deliveries_buffered',
      help: 'Leased deliveries that wait in this process for a slot, by source.',
      labelNames: ['source'] as const,
      registers,
      collect() {
        for (const source of SOURCES) this.set({ source }, dispatcher.bufferedFrom(source));
      },
    });
  }

  private addProxy(): void {
    const { proxy } = this;
    const registers = [this.registry];
    new Gauge({
      name: 'docmap_delivery_proxy_available',
      help: '1 unless the last use of the proxy (DELIVERY_PROXY) showed a fault of the proxy.',
      registers,
      collect() {
        this.set(Number(proxy.isAvailable));
      },
    });
    new Counter({
      name: 'docmap_delivery_proxy_faults_total',
      help: 'Attempts that were not made because of the proxy (DELIVERY_PROXY), by reason. They are made later.',
      labelNames: ['reason'] as const,
      registers,
      collect() {
        this.reset();
        for (const reason of PROXY_FAULTS) this.inc({ reason }, proxy.faults[reason]);
      },
    });
  }

  private addDatabase(): void {
    const { database } = this;
    const registers = [this.registry];
    if (database.poolUse) {
      new Gauge({
        name: 'docmap_database_connections',
        help: 'Connections of the pool to PostgreSQL, by state.',
        labelNames: ['state'] as const,
        registers,
        collect() {
          const { used = 0, idle = 0 } = database.poolUse ?? {};
          this.set({ state: 'used' }, used);
          this.set({ state: 'idle' }, idle);
        },
      });
      new Gauge({
        name: 'docmap_database_connections_max',
        help: 'The maximum number of connections of the pool (connection_limit).',
        registers,
      }).set(database.poolUse.max);
      new Gauge({
        name: 'docmap_database_statements_waiting',
        help: 'Statements that wait for a connection, or at the gates of their tables.',
        registers,
        collect() {
          this.set(database.poolUse?.waiting ?? 0);
        },
      });
    }
    new Gauge({
      name: 'docmap_listener_connected',
      help: '1 while this process gets notifications of PostgreSQL. Otherwise it polls every second.',
      registers,
      collect() {
        // A process that never listens has no such series.
        if (database.isListening === undefined) this.remove();
        else this.set(Number(database.isListening));
      },
    });
  }

  private addRetention(emitter: ServiceEmitter): void {
    const removed = new Counter({
      name: 'docmap_retention_removed_rows_total',
      help: 'Rows older than their retention that this process has removed.',
      labelNames: ['kind'] as const,
      registers: [this.registry],
    });
    for (const kind of REMOVED_KINDS) removed.inc({ kind }, 0);
    emitter.listen(RowsRemovedEvent, ({ rows }) => {
      for (const kind of REMOVED_KINDS) removed.inc({ kind }, rows[kind]);
    });
  }
}
