import { expect } from '@jest/globals';
import { ApiClient, eventually } from '../../support/api-client.js';

/** Ids of records of attempts by a version. */
export async function recordsBy(version: string, api: ApiClient): Promise<string[]> {
  return eventually(async () => {
    const { body } = await api.get('/v1/webhooks/deliveries?status=success&limit=10');
    const details = await Promise.all(
      body.data.map(({ id }: { id: string }) => api.get(`/v1/webhooks/deliveries/${id}`)),
    );
    const own = details.filter(({ body }) => body.data.request.headers['user-agent'] === `DocMap-Webhooks/${version}`);
    return own.length > 0 ? own.map(({ body: { data } }) => data.id as string) : undefined;
  }, `records of version ${version}`);
}

/** Expects that events of one process reach all webhooks, including those that fail at first, and that it records them. */
export async function expectDelivery(api: ApiClient): Promise<void> {
  const { id } = await api.publish();
  await eventually(async () => {
    const { status, body } = await api.get(`/v1/events/${id}`);
    expect(status).toBe(200);
    const { deliveries } = body.data as { deliveries: { state: string }[] };
    return deliveries.every(({ state }) => state === 'succeeded') ? true : undefined;
  }, `the deliveries of ${id}`);
}

/** Both versions show the same records. The new one may show more of each. */
export async function compareLogs(ids: string[], old: ApiClient, next: ApiClient): Promise<void> {
  for (const id of ids) {
    const [before, after] = await Promise.all([old, next].map((api) => api.get(`/v1/webhooks/deliveries/${id}`)));
    expect([before?.status, after?.status]).toEqual([200, 200]);
    expect(after?.body).toMatchObject(before?.body);
  }
}

/** A key of one process is valid in the other, until the first process revokes it. */
export async function useKeys(one: ApiClient, other: ApiClient): Promise<void> {
  const { status, body } = await one.post('/v1/api-keys', { name: 'upgrade', expiresIn: '30d' });
  expect(status).toBe(201);
  const [here, there] = [one, other].map(({ url }) => new ApiClient(url, body.data.key));
  expect((await there?.get('/v1/webhooks'))?.status).toBe(200);
  // Last, because a process caches a key for a moment.
  expect((await here?.get('/v1/webhooks'))?.status).toBe(200);
  expect((await other.delete(`/v1/api-keys/${body.data.apiKey.id}`)).status).toBe(200);
  expect((await here?.get('/v1/webhooks'))?.status).toBe(401);
}

/** An event of one process is the same event in the other, by its idempotency key. */
export async function repeatEvent(one: ApiClient, other: ApiClient): Promise<void> {
  const event = { event: 'extraction.completed', userId: 'uid_local', extractionId: 'extract-1', data: { a: 1.5 } };
  const headers = { 'idempotency-key': `upgrade-${one.url}` };
  const first = await one.post('/v1/events', event, headers);
  expect(first.status).toBe(202);
  const again = await other.post('/v1/events', event, headers);
  expect([again.status, again.body.data?.id]).toEqual([202, first.body.data.id]);
}

/** The ids of all records, page by page. */
export async function wholeLog(api: ApiClient): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const { body } = await api.get(`/v1/webhooks/deliveries?limit=100${cursor && `&cursor=${cursor}`}`);
    ids.push(...body.data.map(({ id }: { id: string }) => id));
    cursor = body.nextCursor;
  }
  return ids;
}
