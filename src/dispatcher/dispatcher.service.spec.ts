import { describe, expect, it } from '@jest/globals';
import type { AppConfig } from '../config/app-config.js';
import type { Database } from '../database/database.js';
import { LocalClaimant } from '../queue/local-claimant.js';
import type { NewEvent } from '../queue/outbox.js';
import type { OutboxService } from '../queue/outbox.service.js';
import { RecurringJobs } from '../runtime/recurring-jobs.js';
import { ServiceEmitter } from '../runtime/service-emitter.js';
import type { AttemptMaker } from './attempt-maker.js';
import { DispatcherService } from './dispatcher.service.js';
import type { SettlementBatcher } from './settlement-batcher.js';
import type { TargetHosts } from './target-hosts.js';

const MIB = 1_048_576;

/** A dispatcher that has nothing to do, with the default limits. */
function newDispatcher(): DispatcherService {
  return new DispatcherService(
    {} as OutboxService,
    {} as AttemptMaker,
    {} as SettlementBatcher,
    new LocalClaimant(),
    {} as Database,
    { dispatchConcurrency: 256, dispatchConcurrencyPerWebhook: 10, deliveryTimeoutMs: 10_000 } as AppConfig,
    {} as TargetHosts,
    new ServiceEmitter(),
    new RecurringJobs(),
  );
}

function eventsOf(users: number, bytes = 10): NewEvent[] {
  return Array.from({ length: users }, (_, user) => {
    return { userId: `uid_${user}`, payload: 'x'.repeat(bytes) } as NewEvent;
  });
}

describe('New deliveries that may go straight to work', () => {
  it.each([
    [1, 10],
    [100, 2],
    [256, 1],
  ])('are of %i users with webhooks that nothing is known of %i each', (users, each) => {
    expect(newDispatcher().offer(eventsOf(users))?.defaultRoom).toBe(each);
  });

  it('are none when there are more users than slots', () => {
    expect(newDispatcher().offer(eventsOf(257))).toBeUndefined();
  });

  it('are none behind as many as fit into memory, those included that are being stored', () => {
    const dispatcher = newDispatcher();
    const terms = dispatcher.offer(eventsOf(1, 10 * MIB));
    expect(terms).toBeDefined();
    expect(dispatcher.offer(eventsOf(1, 10 * MIB))).toBeUndefined();
    expect(dispatcher.offer(eventsOf(1, 5 * MIB))).toBeDefined();
    dispatcher.take(terms!, { deliveries: [], now: 0 });
    expect(dispatcher.offer(eventsOf(1, 10 * MIB))).toBeDefined();
  });
});
