import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { PrismaService } from '../../src/database/prisma.service.js';
import type { ApiClient } from '../support/api-client.js';
import { startApp, type TestApp } from '../support/app.js';

const REFUSED = {
  status: 400,
  body: { error: { code: 'MAX_WEBHOOKS_REACHED', message: expect.stringContaining('10 active webhooks') } },
};
const WEBHOOK = { url: 'https://your-app.com/webhooks/docmap', events: ['extraction.completed'] };

/** Creates a webhook. A machine that is too busy for parallel requests answers 503, and asks for a repetition after a second. */
async function answered(api: ApiClient): ReturnType<ApiClient['post']> {
  for (;;) {
    const answer = await api.post('/v1/webhooks', WEBHOOK);
    if (answer.status !== 503) return answer;
    await delay(1_000);
  }
}

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

  /** Creates webhooks and returns their ids. */
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
    const answers = await Promise.all(Array.from({ length: 50 }, () => answered(api)));
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
    const disabled = await create(8);
    for (const id of disabled) await setActive(id, false);
    await create(7);
    const answers = await Promise.all(disabled.map((id) => setActive(id, true)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
    for (const answer of answers.filter(({ status }) => status !== 200)) expect(answer).toMatchObject(REFUSED);
    expect(await activeCount()).toBe(10);
  });

  it('holds when some are created while others are made active again', async () => {
    const disabled = await create(5);
    for (const id of disabled) await setActive(id, false);
    await create(6);
    const answers = await Promise.all(
      disabled.flatMap((id) => [setActive(id, true), api.post('/v1/webhooks', WEBHOOK)]),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(4);
    expect(await activeCount()).toBe(10);
  });

  it('allows a change of one of the ten', async () => {
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

  it('has room again when one is deleted or disabled', async () => {
    const [first, second] = await create(10);
    await api.delete(`/v1/webhooks/${first}`);
    await create(1);
    expect(await api.post('/v1/webhooks', WEBHOOK)).toMatchObject(REFUSED);
    await setActive(second, false);
    await create(1);
    expect(await api.post('/v1/webhooks', WEBHOOK)).toMatchObject(REFUSED);
  });
});

describe('The limit of 100 webhooks of any state', () => {
  const REFUSED_IN_ALL = {
    status: 400,
    body: {
      error: {
        code: 'MAX_WEBHOOKS_REACHED',
        message: expect.stringMatching(/^You have 100 webhooks.*Delete one first/),
      },
    },
  };
  let service: TestApp;
  let userId: string;
  let api: ApiClient;

  beforeAll(async () => {
    service = await startApp();
  });

  afterAll(async () => {
    await service.close();
  });

  beforeEach(async () => {
    userId = `uid_${randomUUID()}`;
    api = await service.as(userId);
  });

  /** Stores inactive webhooks, which an older version allowed. The oldest is a day old. */
  async function gather(count: number): Promise<void> {
    await service.app.get(PrismaService).$executeRaw`
      INSERT INTO webhooks (id, user_id, url, events, active, secret, created_at)
      SELECT gen_random_uuid(), ${userId}, ${WEBHOOK.url}, ARRAY['extraction.completed'], false, '\\x00',
        now() - interval '1 day' + number * interval '1 second' / ${count}::int
      FROM generate_series(1, ${count}::int) AS number`;
  }

  it('refuses a 101st, says what to do, and says so before it looks at the rest of the request', async () => {
    await gather(99);
    await api.createWebhook(WEBHOOK.url);
    expect(await api.post('/v1/webhooks', WEBHOOK)).toMatchObject(REFUSED_IN_ALL);
    expect(await api.post('/v1/webhooks', { url: 'nonsense' })).toMatchObject(REFUSED_IN_ALL);
    expect((await api.get('/v1/webhooks?active=all')).body.data).toHaveLength(100);
  });

  it('holds under 50 parallel requests: exactly 100 exist afterwards', async () => {
    await gather(95);
    const answers = await Promise.all(Array.from({ length: 50 }, () => answered(api)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
    for (const answer of answers.filter(({ status }) => status !== 200)) expect(answer).toMatchObject(REFUSED_IN_ALL);
    expect(await service.app.get(PrismaService).webhook.count({ where: { userId } })).toBe(100);
  });

  it('has room again when one is deleted, and lets inactive ones be activated', async () => {
    await gather(100);
    const [newest, next] = (await api.get('/v1/webhooks?active=false')).body.data;
    expect((await api.patch(`/v1/webhooks/${newest.id}`, { active: true })).status).toBe(200);
    expect(await api.post('/v1/webhooks', WEBHOOK)).toMatchObject(REFUSED_IN_ALL);
    await api.delete(`/v1/webhooks/${next.id}`);
    await api.createWebhook(WEBHOOK.url);
    expect(await api.post('/v1/webhooks', WEBHOOK)).toMatchObject(REFUSED_IN_ALL);
  });

  it('bounds the list of a user with 60,000 earlier webhooks, and shows all active ones', async () => {
    const { webhook } = await api.createWebhook(WEBHOOK.url);
    await service.app.get(PrismaService).webhook.updateMany({ where: { userId }, data: { createdAt: new Date(0) } });
    await gather(60_000);
    const { body } = await api.get('/v1/webhooks?active=all');
    expect(body.data).toHaveLength(100);
    expect(body.data.at(-1)).toMatchObject({ id: webhook.id, active: true });
    const times = body.data.map(({ createdAt }: { createdAt: string }) => createdAt);
    expect(times).toEqual(times.toSorted().toReversed());
    expect((await api.get('/v1/webhooks?active=false')).body.data).toHaveLength(100);
    expect((await api.get('/v1/webhooks')).body.data).toMatchObject([{ id: webhook.id }]);
    expect(await api.post('/v1/webhooks', WEBHOOK)).toMatchObject(REFUSED_IN_ALL);
  });
});
