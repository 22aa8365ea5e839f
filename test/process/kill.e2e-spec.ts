import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { deliveriesOf, receivedAll, repeatsOf } from './support/deliveries.js';
import { databaseKinds, describeOnServer } from './support/kinds.js';
import { Publisher } from './support/publisher.js';
import { Stage } from './support/stage.js';

jest.setTimeout(120_000);

const WAIT_MS = 40_000;
const ENV = {
  // Leases outlive this by 10 s: so long after a kill, what was in flight is sent again.
  DELIVERY_TIMEOUT_MS: '1000',
  RETRY_SCHEDULE: Array.from({ length: 50 }, (_, attempt) => (attempt === 0 ? '0s' : '1s')).join(),
};

describe.each(databaseKinds)('A process on a database that is %s, killed without warning', (kind) => {
  const stage = new Stage();

  afterEach(() => stage.clear());

  it('loses no accepted event, whether it was not yet sent, in flight or answered, and repeats are told by their id', async () => {
    const database = await stage.database(kind);
    // Holds all it gets from the first process: ten in flight, the rest waiting for their turn.
    let holds = true;
    const slow = await stage.receiver((_request, response) => void (holds || response.end()));
    const quick = await stage.receiver();

    const first = await stage.start(database, ENV);
    const slowSecret = (await first.api.createWebhook(slow.url)).secret;
    const quickSecret = (await first.api.createWebhook(quick.url)).secret;
    const publisher = new Publisher(first.api, 'extract');
    await Promise.all([publisher.reached(60), slow.received(10, WAIT_MS), quick.received(20, WAIT_MS)]);
    expect(await first.kill('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
    await publisher.stop();
    const unanswered = slow.requests.length;
    holds = false;

    await stage.start(database, ENV);
    // All of it comes to the slow receiver again, since it had answered nothing.
    await receivedAll(slow, slowSecret, publisher.accepted, { from: unanswered });
    await receivedAll(quick, quickSecret, publisher.accepted);
    expect(() => deliveriesOf(slow.requests, slowSecret)).not.toThrow();
  });
});

describeOnServer('A process that accepts and never sends, killed without warning', () => {
  const stage = new Stage();

  afterEach(() => stage.clear());

  it('has put every accepted event on disk before it answered', async () => {
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
    const ids = events.map(({ extractionId }) => extractionId);
    await receivedAll(receiver, secret, ids);
    expect(repeatsOf(receiver.requests, secret)).toEqual([]);
  });
});
