import { describe, expect, it } from '@jest/globals';
import { ServiceEmitter } from '../runtime/service-emitter.js';
import { FastPath } from '../queue/fast-path.js';
import type { Enqueued, PublishRequest } from '../queue/outbox.types.js';
import type { OutboxService } from '../queue/outbox.service.js';
import { IngestBatcher } from './ingest-batcher.js';

const createdAt = new Date();

/** Stores nothing. It records the number of events of each request of each commit. */
class FakeOutbox {
  readonly commits: number[][] = [];
  refuses: (request: PublishRequest) => boolean = () => false;

  async enqueue(requests: PublishRequest[]): Promise<Enqueued> {
    this.commits.push(requests.map(({ events }) => events.length));
    await new Promise((resolve) => setImmediate(resolve));
    if (requests.some((request) => this.refuses(request))) throw new Error('refused');
    return {
      accepted: requests.map(({ events }) => events.map(() => ({ deliveries: 1, createdAt }))),
      webhooks: ['webhook'],
      leased: { deliveries: [], now: 0 },
    };
  }
}

function requestOf({
  events = 1,
  bytes = 10,
  key,
}: { events?: number; bytes?: number; key?: string } = {}): PublishRequest {
  const event = {
    type: 'extraction.completed',
    userId: 'uid',
    extractionId: 'extract',
    payload: 'x'.repeat(bytes),
    occurredAt: createdAt,
    traceparent: null,
  };
  return {
    events: Array.from({ length: events }, (_, index) => ({ ...event, id: `${index}` })),
    idempotency: key === undefined ? undefined : { publisherId: 'uid', key, requestHash: '00' },
  };
}

function given() {
  const outbox = new FakeOutbox();
  return {
    outbox,
    ingest: new IngestBatcher(outbox as unknown as OutboxService, new FastPath(), new ServiceEmitter()),
  };
}

const addAll = (ingest: IngestBatcher, requests: PublishRequest[]) => {
  return Promise.allSettled(requests.map((request) => ingest.add(request)));
};

describe('IngestBatcher', () => {
  it('commits requests together when they arrive at the same time', async () => {
    const { outbox, ingest } = given();
    await addAll(ingest, [requestOf(), requestOf({ events: 3 }), requestOf(), requestOf()]);
    expect(outbox.commits).toEqual([[1, 3, 1, 1]]);
  });

  it('answers each request with its own events when requests share a commit', async () => {
    const { ingest } = given();
    const answers = await addAll(ingest, [requestOf(), requestOf({ events: 2 }), requestOf({ events: 3 })]);
    expect(answers.map((answer) => (answer.status === 'fulfilled' ? answer.value?.length : 'failed'))).toEqual([
      1, 2, 3,
    ]);
  });

  it('commits two requests separately when they have the same idempotency key', async () => {
    const { outbox, ingest } = given();
    const requests = ['first', 'a', 'b', 'a', 'c'].map((key) => requestOf({ key }));
    await addAll(ingest, requests);
    expect(outbox.commits).toEqual([
      [1, 1, 1],
      [1, 1],
    ]);
  });

  it('commits a request alone and at once when it is large', async () => {
    const { outbox, ingest } = given();
    await addAll(ingest, [requestOf(), requestOf({ events: 500 }), requestOf()]);
    expect(outbox.commits).toEqual([[500], [1, 1]]);
  });

  it('bounds the events and the bytes of a commit when many requests arrive', async () => {
    const { outbox, ingest } = given();
    await addAll(ingest, [requestOf(), ...Array.from({ length: 3 }, () => requestOf({ events: 99 }))]);
    expect(outbox.commits).toEqual([[1, 99, 99], [99]]);
    await addAll(ingest, [requestOf(), ...Array.from({ length: 6 }, () => requestOf({ bytes: 262_144 }))]);
    expect(outbox.commits.slice(2)).toEqual([
      [1, 1, 1, 1],
      [1, 1, 1],
    ]);
  });

  it('rejects only one request when the database refuses this request', async () => {
    const { outbox, ingest } = given();
    outbox.refuses = ({ events }) => events.length === 7;
    const answers = await addAll(ingest, [requestOf(), requestOf(), requestOf({ events: 7 }), requestOf()]);
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  });

  it('notifies the dispatcher when the commit is done', async () => {
    const outbox = new FakeOutbox();
    const emitter = new ServiceEmitter();
    const told: number[] = [];
    emitter.onAny(() => told.push(outbox.commits.length));
    await new IngestBatcher(outbox as unknown as OutboxService, new FastPath(), emitter).add(requestOf());
    expect(told).toEqual([1]);
  });
});
