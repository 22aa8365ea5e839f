import type { Api } from './api.js';
import { check, say, step } from './print.js';
import type { Receiver } from './receiver.js';
import { USER, type CreatedWebhook, type Scene } from './scene.js';
import { Server } from './server.js';

/** The part of `GET /v1/events/{id}` that the demo reads. */
interface EventState {
  deliveries: { state: string }[];
}

/** A receiver that answers 500 gets the event again. */
export async function retry(api: Api, receiver: Receiver, shaky: Receiver): Promise<void> {
  step('Create a webhook whose receiver fails at first, and publish a failed extraction');
  shaky.manner = 500;
  const created = await api.ask<CreatedWebhook>('POST', '/v1/webhooks', {
    url: shaky.url,
    events: ['extraction.failed'],
  });
  check(`a webhook for extraction.failed alone, at ${shaky.url}`, created.status, 200);
  const published = await api.post<{ deliveries: number }>('/v1/events', {
    event: 'extraction.failed',
    userId: USER,
    extractionId: 'extract-scan-2',
    data: { reason: 'The file is encrypted.' },
  });
  check('both webhooks subscribe to it: two deliveries', published.body.data.deliveries, 2);
  const first = await receiver.next();
  check('the first receiver gets it at once', first.headers['x-docmap-event'], 'extraction.failed');

  const refused = await shaky.next();
  shaky.manner = 200;
  check('the second receiver gets it too, and answers 500', refused.headers['x-docmap-attempt'], '1');
  say('A second later, as RETRY_SCHEDULE says …');
  const accepted = await shaky.next();
  check('the delivery arrives again, as attempt 2', accepted.headers['x-docmap-attempt'], '2');
  check(
    'under the same webhook-id, so a receiver can recognize the repeat',
    accepted.headers['webhook-id'],
    refused.headers['webhook-id'],
  );
  check('with the same bytes', accepted.body, refused.body);
}

/** A process that dies in the middle of a delivery loses nothing. */
export async function crash(scene: Scene, receiver: Receiver): Promise<void> {
  const { api, server, settings, directory } = scene;
  step('Kill the service in the middle of a delivery (kill -9)');
  receiver.manner = 'hold';
  const published = await api.post<{ id: string }>('/v1/events', {
    event: 'extraction.completed',
    userId: USER,
    extractionId: 'extract-contract-3',
    data: { pages: 12 },
  });
  check('the answer is 202', published.status, 202);
  const before = await receiver.next();
  say('The request has arrived, and the receiver has not answered yet. At this moment:');
  check('the service is killed', await server.kill(), 'SIGKILL');
  check('it is gone', await server.isReady(), false);

  receiver.manner = 200;
  scene.server = await Server.start(settings, directory);
  check('started again on the same DATA_DIR, it is ready', await scene.server.isReady(), true);
  const path = `/v1/events/${published.body.data.id}`;
  const { deliveries } = (await api.ask<EventState>('GET', path)).body.data;
  check('it still has the event, and the delivery is pending', deliveries[0]?.state, 'pending');
  say('The dead process had a lease on the delivery: the time limit of an attempt (here 2 s) and 10 s more.');
  say('When the lease ends …');
  const after = await receiver.next();
  check('the event arrives', JSON.parse(after.body), JSON.parse(before.body));
  check('under the same webhook-id as before the crash', after.headers['webhook-id'], before.headers['webhook-id']);
  const settled = await api.until<EventState>(path, 'a delivery that succeeded', (event) =>
    event.deliveries.every(({ state }) => state === 'succeeded'),
  );
  check('and its delivery has succeeded', settled.deliveries[0]?.state, 'succeeded');
  say('The receiver got the event twice, because the process died before the response. "At least once" means this:');
  say('a receiver remembers the webhook-ids that it has handled.');
}
