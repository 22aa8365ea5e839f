import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { uuidV7Floor } from '../common/ids.js';
import { RecurringJobs } from '../runtime/recurring-jobs.js';
import { ServiceEmitter } from '../runtime/service-emitter.js';
import type { AppConfig } from '../config/app-config.js';
import type { WebhooksService } from '../webhooks/webhooks.service.js';
import type { Batch, Removed, RetentionRepository } from './retention.repository.js';
import { FIRST_RUN_LATEST_MS, RetentionService } from './retention.service.js';
import { RowsRemovedEvent } from './rows-removed.event.js';

const NONE: Removed = { rows: {}, last: null };
/** Removed attempts, of which the last one has the id. */
const removed = (attempts: number, last: string | null): Removed => ({ rows: { attempts }, last });

/** A service whose repository removes nothing, except with these methods. */
function serviceWith(repository: Partial<RetentionRepository> = {}, retentionDaysByEvent: Record<string, number> = {}) {
  const emitter = new ServiceEmitter();
  const events: RowsRemovedEvent[] = [];
  emitter.on(RowsRemovedEvent.eventName, (event: RowsRemovedEvent) => events.push(event));
  const deleteAttempts = jest.fn(async () => NONE);
  const nothing = {
    deleteAttempts,
    deleteEvents: async () => NONE,
    deleteIdempotencyKeys: async () => 0,
    deleteRecoveries: async () => 0,
    deleteApiKeys: async () => 0,
  };
  const service = new RetentionService(
    { ...nothing, ...repository } as RetentionRepository,
    { forgetExpiredSecrets: async () => undefined } as WebhooksService,
    { retentionDays: 30, retentionDaysByEvent } as AppConfig,
    emitter,
    new RecurringJobs(),
  );
  return { service, events, deleteAttempts };
}

describe('Retention', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });

  afterEach(() => {
    jest.useRealTimers();
    jest.restoreAllMocks();
  });

  it('runs at a random time within ten seconds when the service starts', async () => {
    for (const random of [0, 0.5, 0.999]) {
      jest.spyOn(Math, 'random').mockReturnValue(random);
      const { service, deleteAttempts } = serviceWith();
      service.onApplicationBootstrap();
      jest.advanceTimersByTime(1_000 + random * 9_000 - 1);
      expect(deleteAttempts).not.toHaveBeenCalled();
      jest.advanceTimersByTime(FIRST_RUN_LATEST_MS);
      expect(deleteAttempts).toHaveBeenCalledTimes(1);
      await service.beforeApplicationShutdown();
    }
  });

  it('does not run when the service has stopped', async () => {
    const { service, deleteAttempts } = serviceWith();
    service.onApplicationBootstrap();
    await service.beforeApplicationShutdown();
    jest.advanceTimersByTime(FIRST_RUN_LATEST_MS);
    expect(deleteAttempts).not.toHaveBeenCalled();
  });

  it('reports the removed rows when a later statement fails', async () => {
    const batches = [removed(1_000, 'a'), removed(2_000, 'b'), removed(3, 'c')];
    const { service, events } = serviceWith({
      deleteAttempts: async () => batches.shift() ?? NONE,
      deleteEvents: async () => {
        throw new Error('The database is unavailable');
      },
    });
    await service.removeExpired();
    expect(events).toMatchObject([{ rows: { attempts: 3_003, events: 0 } }]);
  });

  it('removes attempts while the removal of events does not end', async () => {
    const end = new AbortController();
    const deleteEvents = () =>
      new Promise<Removed>((resolve) => end.signal.addEventListener('abort', () => resolve(NONE)));
    const { service, deleteAttempts } = serviceWith({ deleteEvents });
    const run = service.removeExpired();
    expect(deleteAttempts).toHaveBeenCalledTimes(1);
    end.abort();
    await run;
  });

  it('examines rows that stay once per day, and only new ones in between', async () => {
    jest.setSystemTime(Date.UTC(2026, 5, 1));
    const calls: Batch[] = [];
    const results: Removed[] = [];
    const deleteAttempts = async (batch: Batch) => {
      if (batch.types !== 'all') calls.push(batch);
      return batch.types === 'all' ? NONE : (results.shift() ?? NONE);
    };
    const { service } = serviceWith({ deleteAttempts }, { 'extraction.failed': 90 });
    const begin = uuidV7Floor(Date.UTC(2026, 5, 1) - 90 * 86_400_000);
    const after = () => calls.splice(0).map((batch) => batch.after);

    results.push(removed(5, 'first'), removed(0, 'second'));
    await service.removeExpired();
    expect(after()).toEqual([begin, 'first', 'second']);
    results.push(removed(0, 'third'));
    await service.removeExpired();
    expect(after()).toEqual(['second', 'third']);
    jest.setSystemTime(Date.UTC(2026, 5, 2, 1));
    await service.removeExpired();
    expect(after()).toEqual([uuidV7Floor(Date.now() - 90 * 86_400_000)]);
  });

  it('reports nothing when nothing was removed', async () => {
    const { service, events } = serviceWith();
    await service.removeExpired();
    expect(events).toEqual([]);
  });
});
