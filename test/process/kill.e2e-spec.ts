import { afterEach, describe, expect, it } from '@jest/globals';
import { deliveriesOf, missingOf } from './support/deliveries.js';
import { databaseKinds, describeOnServer } from './support/kinds.js';
import { Publisher } from './support/publisher.js';
import { Stage } from './support/stage.js';

const TIMEOUT_MS = 90_000;
/** Leases outlive the time limit of an attempt by 10 s: so long after a kill, what was in flight is sent again. */
const RESUMED_MS = 40_000;
const ENV = { DELIVERY_TIMEOUT_MS: '1000', RETRY_SCHEDULE: '0s,1s,1s,1s,1s,1s' };

describe.each(databaseKinds)('A process on a database that is %s, killed without warning', (kind) => {
  const stage = new Stage();

  afterEach(() => stage.clear());

  it(
    'loses no accepted event, whether it was not yet sent, in flight or answered, and repeats are told by their id',
    async () => {
      const database = await stage.database(kind);
      // Holds all it gets from the first process: ten in flight, the rest waiting for their turn.
      let holds = true;
      const slow = await stage.receiver((_request, response) => void (holds || response.end()));
      const quick = await stage.receiver();

      const first = await stage.start(database, ENV);
      const slowSecret = (await first.api.createWebhook(slow.url)).secret;
      const quickSecret = (await first.api.createWebhook(quick.url)).secret;
      const publisher = new Publisher(first.api, 'extract');
      await Promise.all([publisher.reached(60), slow.received(10), quick.received(20)]);
      expect(await first.kill('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
      await publisher.stop();
      const inFlight = deliveriesOf(slow.requests, slowSecret);
      holds = false;
      const { accepted } = publisher;

      await stage.start(database, ENV);
      await slow.received(inFlight.size + accepted.length, RESUMED_MS);
      await quick.received(accepted.length, RESUMED_MS);
      const answered = slow.requests.slice(inFlight.size);
      expect(missingOf(accepted, answered, slowSecret)).toEqual([]);
      expect(missingOf(accepted, quick.requests, quickSecret)).toEqual([]);
      // Throws if a repeat had another id or body than what was in flight when the process was killed.
      deliveriesOf(slow.requests, slowSecret);
    },
    TIMEOUT_MS,
  );
});

describeOnServer('A process that accepts and never sends, killed without warning', () => {
  const stage = new Stage();

  afterEach(() => stage.clear());

  it(
    'has put every accepted event on disk before it answered',
    async () => {
      const database = await stage.database('server');
      const receiver = await stage.receiver();
      const first = await stage.start(database, { ...ENV, ROLE: 'api' });
      const { secret } = await first.api.createWebhook(receiver.url);
      const events = Array.from({ length: 500 }, (_, number) => ({
        event: 'extraction.completed',
        userId: 'uid_local',
        extractionId: `extract-${number}`,
        data: {},
      }));
      const { status } = await first.api.post('/v1/events/batch', { events });
      await first.kill('SIGKILL');
      expect(status).toBe(202);
      expect(receiver.requests).toEqual([]);

      await stage.start(database, ENV);
      const requests = await receiver.received(500, RESUMED_MS);
      const ids = events.map(({ extractionId }) => extractionId);
      expect(missingOf(ids, requests, secret)).toEqual([]);
    },
    TIMEOUT_MS,
  );
});
