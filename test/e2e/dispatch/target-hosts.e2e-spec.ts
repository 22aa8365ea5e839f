import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NameResolver } from '../../../src/dispatcher/target-lookup.js';
import { eventually } from '../../support/api-client.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver } from '../../support/receiver.js';
import { HeldReceiver } from '../support/held-receiver.js';
import { newSubscriber, type Subscriber } from '../support/subscriber.js';

/** Every name resolves to this machine. */
class LoopbackResolver extends NameResolver {
  override resolve(): Promise<string[]> {
    return Promise.resolve(['127.0.0.1']);
  }
}

const CONCURRENCY = 6;
const RATE = 40;

const urlOf = (name: string, url: string): string => `http://${name}.example:${new URL(url).port}/`;

async function publishBatch({ userId, api }: Subscriber, count: number): Promise<void> {
  const event = { event: 'extraction.completed', userId, extractionId: 'extract-1', data: {} };
  await api.post('/v1/events/batch', { events: Array.from({ length: count }, () => event) });
}

describe('A host that receives for many webhooks of many users', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startApp({
      env: { DISPATCH_CONCURRENCY_PER_HOST: String(CONCURRENCY), DISPATCH_RATE_PER_HOST: String(RATE) },
      override: (builder) => builder.overrideProvider(NameResolver).useClass(LoopbackResolver),
    });
  });

  afterAll(async () => {
    await service.close();
  });

  it('gets all requests, at most the limit of a host at once, without delay for other hosts', async () => {
    const victim = await HeldReceiver.start();
    const users = [];
    for (let user = 0; user < 8; user += 1) {
      users.push(await newSubscriber(service, urlOf('victim', victim.url)));
    }
    await Promise.all(users.map((user) => publishBatch(user, 5)));
    await eventually(async () => (victim.openNow === CONCURRENCY ? true : undefined), 'the host is full');

    const other = await Receiver.start();
    const neighbour = await newSubscriber(service, urlOf('neighbour', other.url));
    await neighbour.publish();
    await other.received(1);
    expect(victim.openNow).toBe(CONCURRENCY);

    victim.releaseAll();
    await victim.receiver.received(40);
    expect(victim.mostOpen).toBe(CONCURRENCY);
    await Promise.all([victim.close(), other.close()]);
  });

  it('gets all requests: a burst of its rate, and then at most its rate per second', async () => {
    const receiver = await Receiver.start();
    const user = await newSubscriber(service, urlOf('rated', receiver.url));
    const begin = performance.now();
    await publishBatch(user, RATE * 3);
    await receiver.received(RATE * 3);
    // After the burst, requests for two seconds remain. The clocks of the receiver and the test differ by less than the
    // margin.
    expect(performance.now() - begin).toBeGreaterThan(1_800);
    expect(receiver.requests).toHaveLength(RATE * 3);
    await receiver.close();
  });
});
