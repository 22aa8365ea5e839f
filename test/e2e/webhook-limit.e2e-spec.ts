import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../support/api-client.js';
import { startApp, type TestApp } from '../support/app.js';

const REFUSED = {
  status: 400,
  body: { error: { code: 'MAX_WEBHOOKS_REACHED', message: expect.stringContaining('10 active webhooks') } },
};
const WEBHOOK = { url: 'https://your-app.com/webhooks/docmap', events: ['extraction.completed'] };

describe('The limit of ten active webhooks', () => {
  let service: TestApp;
  let api: ApiClient;

  beforeAll(async () => {
    service = await startApp();
  });

  afterAll(async () => {
    await service.close();
  });

  beforeEach(async () => {
    api = await service.as(`uid_${randomUUID()}`);
  });

  /** Creates webhooks and gives their ids. */
  async function create(count: number): Promise<string[]> {
    const ids = [];
    for (let made = 0; made < count; made += 1) ids.push((await api.createWebhook(WEBHOOK.url)).webhook.id);
    return ids;
  }

  function setActive(id: string | undefined, active: boolean) {
    return api.patch(`/v1/webhooks/${id}`, { active });
  }

  async function activeCount(): Promise<number> {
    return (await api.get('/v1/webhooks')).body.data.length;
  }

  it('refuses an eleventh', async () => {
    await create(10);
    expect(await api.post('/v1/webhooks', WEBHOOK)).toMatchObject(REFUSED);
    expect(await activeCount()).toBe(10);
  });

  it('says so before it looks at the rest of the request', async () => {
    await create(10);
    expect(await api.post('/v1/webhooks', { url: 'nonsense' })).toMatchObject(REFUSED);
  });

  it('holds under 50 parallel requests: exactly ten exist afterwards', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => api.post('/v1/webhooks', WEBHOOK)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(10);
    for (const answer of answers.filter(({ status }) => status !== 200)) expect(answer).toMatchObject(REFUSED);
    expect(await activeCount()).toBe(10);
  });

  it('counts each user apart, also in parallel', async () => {
    const users = await Promise.all(Array.from({ length: 4 }, () => service.as(`uid_${randomUUID()}`)));
    await Promise.all(users.flatMap((user) => Array.from({ length: 12 }, () => user.post('/v1/webhooks', WEBHOOK))));
    for (const user of users) expect((await user.get('/v1/webhooks')).body.data).toHaveLength(10);
  });

  it('counts a webhook that is made active again', async () => {
    const [first] = await create(10);
    await setActive(first, false);
    await create(1);
    expect(await setActive(first, true)).toMatchObject(REFUSED);
    expect((await api.get(`/v1/webhooks/${first}`)).body.data.active).toBe(false);
    expect(await activeCount()).toBe(10);
  });

  it('holds when webhooks are made active again in parallel', async () => {
    const paused = await create(8);
    for (const id of paused) await setActive(id, false);
    await create(7);
    const answers = await Promise.all(paused.map((id) => setActive(id, true)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
    for (const answer of answers.filter(({ status }) => status !== 200)) expect(answer).toMatchObject(REFUSED);
    expect(await activeCount()).toBe(10);
  });

  it('holds when some are created while others are made active again', async () => {
    const paused = await create(5);
    for (const id of paused) await setActive(id, false);
    await create(6);
    const answers = await Promise.all(paused.flatMap((id) => [setActive(id, true), api.post('/v1/webhooks', WEBHOOK)]));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(4);
    expect(await activeCount()).toBe(10);
  });

  it('does not stand in the way of changing one of the ten', async () => {
    const [first] = await create(10);
    for (const change of [{ active: true }, { description: 'x' }, { events: ['extraction.failed'], active: true }]) {
      expect((await api.patch(`/v1/webhooks/${first}`, change)).status).toBe(200);
    }
  });

  it('refuses the whole change of which the activation is a part', async () => {
    const [first] = await create(10);
    await setActive(first, false);
    await create(1);
    expect(await api.patch(`/v1/webhooks/${first}`, { active: true, description: 'changed' })).toMatchObject(REFUSED);
    expect((await api.get(`/v1/webhooks/${first}`)).body.data.description).toBeNull();
  });

  it('has room again when one is deleted or paused', async () => {
    const [first, second] = await create(10);
    await api.delete(`/v1/webhooks/${first}`);
    await create(1);
    expect(await api.post('/v1/webhooks', WEBHOOK)).toMatchObject(REFUSED);
    await setActive(second, false);
    await create(1);
    expect(await api.post('/v1/webhooks', WEBHOOK)).toMatchObject(REFUSED);
  });
});
