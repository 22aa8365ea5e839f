import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { RecurringJobs } from '../runtime/recurring-jobs.js';
import { ServiceEmitter } from '../runtime/service-emitter.js';
import type { AppConfig } from '../config/app-config.js';
import type { WebhooksService } from '../webhooks/webhooks.service.js';
import type { RetentionRepository } from './retention.repository.js';
import { FIRST_RUN_LATEST_MS, RetentionService } from './retention.service.js';
import { RowsRemovedEvent } from './rows-removed.event.js';

const NONE = { events: 0, deliveries: 0, last: null };

/** A service whose repository removes nothing, except with these methods. */
function serviceWith(repository: Partial<RetentionRepository> = {}) {
  const emitter = new ServiceEmitter();
  const events: RowsRemovedEvent[] = [];
  emitter.on(RowsRemovedEvent.eventName, (event: RowsRemovedEvent) => events.push(event));
  const deleteAttempts = jest.fn(async () => 0);
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
    { retentionDays: 30 } as AppConfig,
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
    const batches = [1_000, 1_000, 3];
    const { service, events } = serviceWith({
      deleteAttempts: async () => batches.shift() ?? 0,
      deleteEvents: async () => {
        throw new Error('The database is unavailable');
      },
    });
    await service.removeExpired();
    expect(events).toMatchObject([{ rows: { attempts: 2_003, events: 0 } }]);
  });

  it('reports nothing when nothing was removed', async () => {
    const { service, events } = serviceWith();
    await service.removeExpired();
    expect(events).toEqual([]);
  });
});
