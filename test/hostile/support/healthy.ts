import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { cpuSecondsOf } from '../../../bench/support/cpu-time.js';
import { Receiver } from '../../support/receiver.js';
import type { ServerProcess } from '../../support/server-process.js';

/** Milliseconds between two events. */
const INTERVAL_MS = 20;
const WEBHOOKS = 2;
const BURST_BATCHES = 6;
const BURST_BATCH = 500;
const BURST_TIMEOUT_MS = 60_000;

/** Observations of a service during other work. */
export interface Observation {
  /** The delay of each delivery in milliseconds, from the planned time of its event until its request arrives. */
  delays: number[];
  /** The most memory that the service had, in MB. */
  memory: number;
  /** The CPU time that the service took, in milliseconds. */
  cpuMs: number;
}

/** Well-behaved webhooks, and events for them at a steady rate. */
export class Healthy {
  private readonly due = new Map<string, number>();
  private delays: number[] = [];
  private count = 0;

  private constructor(
    private readonly server: ServerProcess,
    private readonly receiver: Receiver,
  ) {}

  static async start(server: ServerProcess): Promise<Healthy> {
    const receiver = await Receiver.start(({ body }, response) => {
      response.end();
      const { id } = (JSON.parse(body) as { data: { id: string } }).data;
      healthy.delays.push(performance.now() - (healthy.due.get(id) ?? Number.NaN));
    });
    const healthy = new Healthy(server, receiver);
    for (let index = 0; index < WEBHOOKS; index += 1) await server.api.createWebhook(`${receiver.url}/${index}`);
    return healthy;
  }

  /**
   * Publishes during other work, at a fixed rate that does not depend on earlier deliveries. A stall therefore delays every
   * event that is published during it.
   */
  async beside(other: Promise<unknown>): Promise<Observation> {
    const before = this.receiver.requests.length;
    const published: Promise<unknown>[] = [];
    const over = new AbortController();
    void other.finally(() => over.abort()).catch(() => undefined);
    let memory = 0;
    const cpuBefore = await cpuSecondsOf(this.server.pid);
    this.delays = [];
    for (let due = performance.now(); !over.signal.aborted; due += INTERVAL_MS) {
      await delay(Math.max(0, due - performance.now()));
      const extractionId = `extract-healthy-${this.count++}`;
      this.due.set(extractionId, due);
      published.push(this.server.api.publish({ extractionId }));
      memory = Math.max(memory, memoryOf(this.server.pid));
    }
    await Promise.all(published);
    await other;
    await this.receiver.received(before + published.length * WEBHOOKS);
    return { delays: this.delays, memory, cpuMs: ((await cpuSecondsOf(this.server.pid)) - cpuBefore) * 1_000 };
  }

  /** Publishes as much as a minute of {@link beside} would, at once. */
  async burst(): Promise<void> {
    const before = this.receiver.requests.length;
    const event = { event: 'extraction.completed', userId: 'uid_local', extractionId: 'extract-burst', data: {} };
    const events = Array.from({ length: BURST_BATCH }, () => event);
    for (let batch = 0; batch < BURST_BATCHES; batch += 1) await this.server.api.post('/v1/events/batch', { events });
    await this.receiver.received(before + BURST_BATCHES * BURST_BATCH * WEBHOOKS, BURST_TIMEOUT_MS);
  }

  end(): Promise<void> {
    return this.receiver.close();
  }
}

/** `VmRSS` of proc(5), in MB. */
export function memoryOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;
}
