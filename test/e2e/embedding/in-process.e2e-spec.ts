import { afterEach, beforeAll, afterAll, describe, expect, it } from '@jest/globals';
import { Injectable, Module, type DynamicModule, type OnModuleInit } from '@nestjs/common';
import { EventEmitter2, EventEmitterModule, OnEvent } from '@nestjs/event-emitter';
import { Interval, ScheduleModule } from '@nestjs/schedule';
import { ExtractionCompletedEvent } from '../../../src/events/extraction.events.js';
import { AttemptsSettledEvent } from '../../../src/dispatcher/attempts-settled.event.js';
import { RecurringJobs } from '../../../src/runtime/recurring-jobs.js';
import { startHost, type TestHost } from '../../support/host.js';
import { Receiver } from '../../support/receiver.js';

const eventOf = (extractionId: string) =>
  new ExtractionCompletedEvent({ userId: 'uid_local', extractionId, data: { pages: 1 } });

/** Emits as modules of the host do, from the start. */
@Injectable()
class Producer implements OnModuleInit {
  readonly settled: AttemptsSettledEvent[] = [];
  ticks = 0;

  constructor(readonly emitter: EventEmitter2) {}

  async onModuleInit(): Promise<void> {
    await this.emitter.emitAsync(ExtractionCompletedEvent.eventName, eventOf('extract-module-init'));
  }

  @OnEvent(AttemptsSettledEvent.eventName)
  onSettled(event: AttemptsSettledEvent): void {
    this.settled.push(event);
  }

  @Interval(50)
  tick(): void {
    this.ticks += 1;
  }
}

/** A host's own emitter, without EventEmitterModule. */
@Module({ providers: [{ provide: EventEmitter2, useFactory: () => new EventEmitter2() }], exports: [EventEmitter2] })
class OwnEmitterModule {}

const ORDERS: [string, { before?: DynamicModule[]; after?: (DynamicModule | typeof OwnEmitterModule)[] }][] = [
  ["the host's EventEmitterModule is imported first", { before: [EventEmitterModule.forRoot()] }],
  ["the host's EventEmitterModule is imported last", { after: [EventEmitterModule.forRoot()] }],
  ["the host's emitter is not global", { after: [EventEmitterModule.forRoot({ global: false })] }],
  ["the host's emitter has wildcards", { after: [EventEmitterModule.forRoot({ wildcard: true })] }],
  ['the emitter is a provider of the host', { after: [OwnEmitterModule] }],
];

describe('In-process events of an application', () => {
  let receiver: Receiver;
  let host: TestHost | undefined;

  beforeAll(async () => {
    receiver = await Receiver.start();
  });

  afterEach(async () => {
    await host?.close();
    host = undefined;
  });

  afterAll(() => receiver.close());

  it.each(ORDERS)('are stored once when %s', async (_case, imports) => {
    host = await startHost({ ...imports, providers: [Producer] });
    await host.api.createWebhook(receiver.url);
    const { emitter } = host.app.get(Producer);
    const [accepted] = await emitter.emitAsync(ExtractionCompletedEvent.eventName, eventOf('extract-1'));
    expect(accepted).toMatchObject({ extractionId: 'extract-1', deliveries: 1 });
    expect(await host.api.log(1)).toMatchObject([{ extractionId: 'extract-1', status: 'success' }]);
  });

  it('are stored when a module of the host emits while it starts, and the host hears ours once', async () => {
    host = await startHost({ after: [EventEmitterModule.forRoot()], providers: [Producer] });
    await host.api.createWebhook(receiver.url);
    const since = new Date(Date.now() - 60_000).toISOString();
    const { webhooks } = { webhooks: (await host.api.get('/v1/webhooks')).body.data as { id: string }[] };
    await host.api.post(`/v1/webhooks/${webhooks[0]?.id}/recover`, { since });
    expect(await host.api.log(1)).toMatchObject([{ extractionId: 'extract-module-init' }]);
    const { settled } = host.app.get(Producer);
    expect(settled.flatMap(({ attempts }) => attempts)).toHaveLength(1);
  });

  it("run neither the host's jobs nor ours twice when the host has a ScheduleModule", async () => {
    host = await startHost({
      before: [ScheduleModule.forRoot()],
      after: [EventEmitterModule.forRoot()],
      providers: [Producer],
    });
    const jobs = host.app.get(RecurringJobs).registry.getIntervals();
    expect(new Set(jobs).size).toBe(jobs.length);
    const producer = host.app.get(Producer);
    const [begin, ticks] = [performance.now(), producer.ticks];
    while (producer.ticks < ticks + 5) await new Promise((resolve) => setTimeout(resolve, 10));
    // At twice the rate, five ticks would take half the time.
    expect(performance.now() - begin).toBeGreaterThan(150);
  });
});
