import { setImmediate as nextTurn } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { LocalShortageError } from '../../src/common/local-shortage.error.js';
import type { AppConfig } from '../../src/config/app-config.js';
import { DeliveriesQueuedEvent } from '../../src/queue/deliveries-queued.event.js';
import { FastPath } from '../../src/queue/fast-path.js';
import type { ClaimRequest, LeasedDelivery, SettledAttempt } from '../../src/queue/outbox.types.js';
import { DispatcherService } from '../../src/dispatcher/dispatcher.service.js';
import type { BufferedDelivery } from '../../src/dispatcher/buffered-delivery.js';
import type { EndpointQueue } from '../../src/dispatcher/endpoint-queue.js';
import { NotReadyError } from '../../src/dispatcher/not-ready.error.js';
import { WebhookDeletedError } from '../../src/dispatcher/target-errors.js';
import { TargetHost } from '../../src/dispatcher/target-host.js';
import { Target } from '../../src/dispatcher/target.js';
import { RecurringJobs } from '../../src/runtime/recurring-jobs.js';
import { ServiceEmitter } from '../../src/runtime/service-emitter.js';
import { WebhookInvalidatedEvent } from '../../src/webhooks/webhook-invalidated.event.js';
import { WebhookDeletingEvent } from '../../src/webhooks/webhook-deleting.event.js';
import { DispatchModel, type ModelWebhook } from './dispatch-model.js';
import type { Random } from './random.js';

const SLOTS = 6;
const SLOTS_PER_WEBHOOK = 3;
const SLOTS_PER_HOST = 4;
type Answer = 200 | 500 | 429 | 410 | 'not ready' | 'shortage';

/** The fields of the engine that its invariants concern. */
interface Parts {
  capacity: {
    unsettled: number;
    buffered: { claim: { count: number }; 'fast-path': { count: number } };
    reserved: Set<unknown>;
    state: string;
  };
  leases: { leases: Map<unknown, unknown> };
  scheduler: { turns: Set<EndpointQueue>; all(): Iterable<EndpointQueue>; get(id: string): EndpointQueue | undefined };
  fetcher: { due: Set<string>; scan: unknown };
  executor: { attempts: Map<unknown, unknown> };
}

interface QueueFields {
  inFlight: number;
  buffered: unknown[];
}

/**
 * The engine of one process on a model of the database. The test decides the time and outcome of each asynchronous
 * step.
 */
export class DispatchEngine {
  readonly model = new DispatchModel();
  readonly emitter = new ServiceEmitter();
  readonly fastPath = new FastPath();
  readonly service: DispatcherService;
  readonly jobs = new RecurringJobs();
  /** Live deliveries are busy at random. */
  private readonly rates = Object.defineProperty(
    { takeRecoveryTurn: () => this.random.below(2) === 0 },
    'isLiveLoadHigh',
    { get: () => this.random.below(3) === 0 },
  );
  /** The asynchronous steps in progress. Each ends when its function is called. */
  readonly claims: (() => void)[] = [];
  readonly others: (() => void)[] = [];
  readonly attempts = new Map<string, (answer: Answer) => void>();
  sent = 0;
  /** Attempts that are started and not settled. */
  private attempting = 0;
  private readonly faults: string[] = [];

  constructor(readonly random: Random) {
    const hosts = new Map<string, TargetHost>();
    const targetOf = (url: string) => {
      const name = new URL(url).hostname;
      const host = hosts.get(name) ?? new TargetHost(name, { concurrency: SLOTS_PER_HOST, rate: 0 });
      hosts.set(name, host);
      return new Target(url, url, '/', host);
    };
    const outbox = {
      claim: (request: ClaimRequest) => this.claim(request),
      release: (deliveries: LeasedDelivery[]) => this.step(() => this.model.release(deliveries)),
    };
    const limits = { dispatchConcurrency: SLOTS, dispatchConcurrencyPerWebhook: SLOTS_PER_WEBHOOK };
    this.service = new DispatcherService(
      outbox as never,
      { make: (item: BufferedDelivery, signal: AbortSignal) => this.make(item, signal) } as never,
      { settle: (made: SettledAttempt) => this.step(() => this.settle(made)) } as never,
      this.fastPath,
      { listen: () => Promise.resolve() } as never,
      { ...limits, deliveryTimeoutMs: 10_000, role: 'all' } as AppConfig,
      { targetOf, keep: () => undefined } as never,
      this.rates as never,
      this.emitter,
      this.jobs,
    );
    for (const user of [0, 1, 2, 0, 1]) this.addWebhook(`u${user}`);
  }

  addWebhook(userId = `u${this.random.below(3)}`): void {
    this.model.addWebhook(userId, `https://host${this.random.below(2)}.example/0`);
  }

  publish(): void {
    const userId = `u${this.random.below(3)}`;
    const count = 1 + this.random.below(8);
    const events = Array.from({ length: count }, () => ({ userId, payload: 'x'.repeat(100) }));
    void this.fastPath
      .storing(events as never, (lease) => this.step(() => this.model.enqueue(userId, count, lease)))
      .then(({ webhooks }) => this.emitter.emit(DeliveriesQueuedEvent.eventName, { webhooks }));
  }

  change(webhook: ModelWebhook): void {
    webhook.url = `https://host${this.random.below(2)}.example/${this.random.below(1_000)}`;
    this.announce(webhook);
  }

  /** Disables or enables a webhook by its owner. Both end every pause of it. */
  switch(webhook: ModelWebhook): void {
    webhook.active = !webhook.active;
    webhook.throttledUntil = 0;
    this.announce(webhook);
    if (webhook.active) this.emitter.emit(DeliveriesQueuedEvent.eventName, { webhooks: [webhook.id] });
  }

  delete(webhook: ModelWebhook): void {
    webhook.deleted = true;
    void this.emitter.emitAsync(WebhookDeletingEvent.eventName, new WebhookDeletingEvent(webhook.id));
  }

  async start(): Promise<void> {
    this.jobs.onApplicationBootstrap();
    await this.service.onApplicationBootstrap();
  }

  /** One random step. */
  async act(): Promise<void> {
    const { random } = this;
    const alive = this.model.webhooks.filter(({ deleted }) => !deleted);
    const end = (steps: (() => void)[]) => () => steps.splice(random.below(steps.length), 1)[0]?.();
    const answer = () => {
      const [, attempt] = random.of([...this.attempts, ['', () => undefined] as const]);
      attempt(random.of<Answer>([200, 200, 200, 200, 500, 429, 410, 'not ready', 'shortage']));
    };
    const often = [() => this.publish(), end(this.claims), end(this.others), end(this.others), answer, answer, answer];
    const seldom = [
      () => this.change(random.of(alive)),
      () => this.switch(random.of(alive)),
      () => alive.length > 2 && this.delete(random.of(alive)),
      () => this.addWebhook(),
      () => this.pass(random.of([10, 300, 1_000, 6_000])),
    ];
    await Promise.resolve((random.next() < 0.9 ? random.of(often) : random.of(seldom))());
    await this.flush();
  }

  /** Waits for the effects of finished steps. */
  async flush(): Promise<void> {
    for (let turn = 0; turn < 3; turn += 1) await nextTurn();
    this.check();
    if (this.faults.length > 0) throw new Error(`Violated: ${this.faults.join('; ')}`);
  }

  /** Ends all steps in progress, with success. */
  async endAll(): Promise<void> {
    while (this.claims.length + this.others.length + this.attempts.size > 0) {
      for (const end of [...this.claims.splice(0), ...this.others.splice(0)]) end();
      for (const answer of this.attempts.values()) answer(200);
      await this.flush();
    }
  }

  async pass(ms: number): Promise<void> {
    jest.advanceTimersByTime(ms);
    await this.flush();
  }

  get counts() {
    const { capacity, leases, scheduler, fetcher, executor } = this.parts;
    const { unsettled, buffered, reserved } = capacity;
    const sizes = [reserved, leases.leases, scheduler.turns, executor.attempts].map(({ size }) => size);
    return { unsettled, buffered, sizes, due: fetcher.due.size };
  }

  private get parts(): Parts {
    return this.service as unknown as Parts;
  }

  private claim(request: ClaimRequest) {
    this.require(this.claims.length === 0, 'one claim at a time');
    const isLate = this.random.next() < 0.5;
    const claim = isLate ? undefined : this.model.claim(request);
    return new Promise((resolve, reject) => {
      this.claims.push(() => {
        if (isLate && this.random.next() < 0.1) reject(new Error('the database is away'));
        else resolve(claim ?? this.model.claim(request));
      });
    });
  }

  private step<Result>(end: () => Result): Promise<Result> {
    return new Promise((resolve) => this.others.push(() => resolve(end())));
  }

  private make({ delivery }: BufferedDelivery, signal: AbortSignal): Promise<SettledAttempt> {
    const webhook = this.model.webhook(delivery.webhookUuid);
    const row = this.model.row(delivery.id);
    this.require(!webhook.deleted, 'nothing is sent after a deletion');
    this.require(webhook.active && webhook.throttledUntil <= Date.now(), 'nothing is sent during a pause');
    this.require(webhook.url === delivery.url, 'nothing is sent to an old URL');
    this.require(row.state === 'pending' && row.leaseToken === delivery.leaseToken, 'only leased deliveries are sent');
    this.require(!this.attempts.has(delivery.id), 'one attempt of a delivery at a time');
    this.sent += 1;
    this.attempting += 1;
    return new Promise((resolve, reject) => {
      const answer = (code: Answer): void => {
        this.attempts.delete(delivery.id);
        if (typeof code === 'string') this.attempting -= 1;
        if (code === 'not ready') return reject(new NotReadyError('no'));
        if (code === 'shortage') return reject(new LocalShortageError('EMFILE'));
        const isCut = signal.reason instanceof WebhookDeletedError;
        const error = isCut || code !== 200 ? `HTTP ${code}` : null;
        const pauseMs = !isCut && code === 429 ? 1_000 * (1 + this.random.below(3)) : null;
        const state = isCut ? 'cancelled' : error === null ? 'succeeded' : 'pending';
        const settlement = { state, nextDelayMs: error ? 5_000 : null, pauseMs, gone: !isCut && code === 410 };
        const durationMs = this.random.of([1, 5_000]);
        resolve({ delivery, outcome: { response: {}, error, durationMs }, settlement } as unknown as SettledAttempt);
      };
      this.attempts.set(delivery.id, answer);
      signal.addEventListener('abort', () => this.attempts.get(delivery.id) === answer && answer(500), { once: true });
    });
  }

  private settle({ delivery, outcome, settlement }: SettledAttempt): void {
    this.attempting -= 1;
    const row = this.model.row(delivery.id);
    const { webhook } = row;
    if (row.leaseToken !== delivery.leaseToken) return;
    row.leaseToken = null;
    row.attempts += 1;
    row.state = settlement.state === 'exhausted' ? 'cancelled' : settlement.state;
    if (settlement.nextDelayMs !== null) Object.assign(row, { dueAt: Date.now() + 5_000, isTimed: true });
    if (outcome.error === null) webhook.throttleCount = 0;
    if (settlement.pauseMs !== null) {
      webhook.throttledUntil = Math.max(webhook.throttledUntil, Date.now() + settlement.pauseMs);
      webhook.throttleCount += 1;
    }
    if (settlement.gone) webhook.active = false;
    if (settlement.pauseMs !== null || settlement.gone) this.announce(webhook);
  }

  private announce({ id }: ModelWebhook): void {
    this.emitter.emit(WebhookInvalidatedEvent.eventName, new WebhookInvalidatedEvent(id));
  }

  /** Violations are noted, because the engine would handle a thrown error. */
  private require(condition: unknown, invariant: string): void {
    if (!condition) this.faults.push(invariant);
  }

  /** The invariants that hold at any time. */
  private check(): void {
    const { scheduler, fetcher, capacity, leases } = this.parts;
    const isBounded = capacity.unsettled <= SLOTS && capacity.buffered.claim.count <= 2 * SLOTS;
    this.require(isBounded, 'in flight and buffered are bounded');
    this.require(capacity.unsettled === this.attempting, 'a slot is taken until its attempt is settled');
    let buffered = 0;
    for (const queue of scheduler.all()) {
      const fields = queue as unknown as QueueFields;
      this.require(fields.inFlight <= SLOTS_PER_WEBHOOK, 'in flight to a webhook is bounded');
      this.require(!queue.wantsTurn || scheduler.turns.has(queue), 'a queue that wants a turn is among the turns');
      buffered += fields.buffered.length;
    }
    const counted = capacity.buffered.claim.count + capacity.buffered['fast-path'].count;
    this.require(counted === buffered, 'each buffered delivery is counted once');
    if (capacity.state === 'closed' || leases.leases.size > 0 || this.others.length > 0) return;
    for (const webhook of this.model.webhooks) {
      const isKnown = this.model.claimable(webhook).every(({ isTimed }) => isTimed);
      const queue = scheduler.get(webhook.id);
      // The end of a pause causes a claim.
      const isRemembered = fetcher.due.has(webhook.id) || queue?.mayHaveMore || queue?.isBlocked;
      this.require(isKnown || isRemembered || fetcher.scan, 'a webhook that may have more due is remembered');
    }
  }
}
