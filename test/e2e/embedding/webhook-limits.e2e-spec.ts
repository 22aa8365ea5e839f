import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import type { Caller } from '../../../src/auth/caller.js';
import { DomainError } from '../../../src/common/domain-error.js';
import { PrismaService } from '../../../src/database/prisma.service.js';
import type { Part } from '../../../src/parts.js';
import { FixedWebhookLimit, WebhookLimit } from '../../../src/webhooks/webhook-limit.js';
import { WebhooksService } from '../../../src/webhooks/webhooks.service.js';
import type { ApiClient } from '../../support/api-client.js';
import { startHost, type TestHost } from '../../support/host.js';
import { clientOf } from '../../support/user-client.js';

const WEBHOOK = { url: 'https://your-app.com/webhooks/docmap', events: ['extraction.completed' as const] };

/** The plans of a host's users. */
@Injectable()
class Plans {
  readonly limits = new Map<string, () => unknown>();
}

@Module({ providers: [Plans], exports: [Plans] })
class PlansModule {}

@Injectable()
class PlanLimit extends WebhookLimit {
  constructor(private readonly plans: Plans) {
    super();
  }

  override async maxActive({ userId }: Caller): Promise<number> {
    return (await this.plans.limits.get(userId)?.()) as number;
  }
}

const refused = (message: string) => ({
  status: 400,
  body: { error: { code: 'MAX_WEBHOOKS_REACHED', message } },
});

async function create(api: ApiClient, count: number): Promise<string[]> {
  const ids = [];
  for (let made = 0; made < count; made += 1) ids.push((await api.createWebhook(WEBHOOK.url)).webhook.id);
  return ids;
}

describe('The limit of active webhooks in a host', () => {
  let host: TestHost;

  afterEach(() => host.close());

  async function start(webhookLimit?: Part<WebhookLimit>): Promise<void> {
    host = await startHost({ options: { imports: [PlansModule], ...(webhookLimit ? { webhookLimit } : {}) } });
  }

  /** A new user with this limit of the host. */
  async function user(limit: () => unknown): Promise<ApiClient & { userId: string }> {
    const userId = `uid_${randomUUID()}`;
    host.app.get(Plans).limits.set(userId, limit);
    return Object.assign(await clientOf(host, userId), { userId });
  }

  it('is ten without a part', async () => {
    await start();
    await create(host.api, 10);
    expect(await host.api.post('/v1/webhooks', WEBHOOK)).toMatchObject(
      refused('You have 10 active webhooks, which is the limit. Delete one before you create another.'),
    );
  });

  it('is the number of a FixedWebhookLimit', async () => {
    await start({ useValue: new FixedWebhookLimit(1) });
    await create(host.api, 1);
    expect(await host.api.post('/v1/webhooks', WEBHOOK)).toMatchObject(
      refused('You have 1 active webhook, which is the limit. Delete one before you create another.'),
    );
  });

  it("is that of the user's plan, in a creation, a re-activation and the service of the package", async () => {
    await start(PlanLimit);
    const [small, large] = [await user(() => 2), await user(() => 12)];
    const reached = refused('You have 2 active webhooks, which is the limit. Delete one before you create another.');
    const [first] = await create(small, 2);
    await create(large, 12);
    expect(await small.post('/v1/webhooks', WEBHOOK)).toMatchObject(reached);
    expect(await small.post('/v1/webhooks', { url: 'nonsense' })).toMatchObject(reached);
    const caller = { userId: small.userId, keyId: 'key', scopes: ['webhooks' as const] };
    await expect(host.app.get(WebhooksService).create(caller, WEBHOOK)).rejects.toMatchObject(reached.body.error);

    await small.patch(`/v1/webhooks/${first}`, { active: false });
    await create(small, 1);
    expect(await small.patch(`/v1/webhooks/${first}`, { active: true })).toMatchObject(reached);
    expect((await small.get(`/v1/webhooks/${first}`)).body.data.active).toBe(false);
    host.app.get(Plans).limits.set(small.userId, () => 3);
    expect((await small.patch(`/v1/webhooks/${first}`, { active: true })).status).toBe(200);
    host.app.get(Plans).limits.set(small.userId, () => 1);
    expect(await small.post('/v1/webhooks', WEBHOOK)).toMatchObject(
      refused('You have 3 active webhooks, and 1 may be active. Delete 3 before you create another.'),
    );
    host.app.get(Plans).limits.set(small.userId, () => 0);
    expect(await small.post('/v1/webhooks', WEBHOOK)).toMatchObject(refused('You may have no active webhook.'));
  });

  it('holds under parallel requests', async () => {
    await start(PlanLimit);
    const api = await user(() => 3);
    const answers = await Promise.all(Array.from({ length: 12 }, () => api.post('/v1/webhooks', WEBHOOK)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
    expect((await api.get('/v1/webhooks')).body.data).toHaveLength(3);
  });

  it('never lifts the limit of 100 webhooks of any state', async () => {
    await start(PlanLimit);
    const api = await user(() => Infinity);
    await create(api, 11);
    await host.app.get(PrismaService).$executeRaw`
      INSERT INTO webhooks (id, user_id, url, events, active, secret)
      SELECT gen_random_uuid(), ${api.userId}, ${WEBHOOK.url}, ARRAY['extraction.completed'], true, '\\x00'
      FROM generate_series(1, 88)`;
    await create(api, 1);
    expect(await api.post('/v1/webhooks', WEBHOOK)).toMatchObject({
      status: 400,
      body: {
        error: { message: expect.stringMatching(/^You have 100 webhooks, active and inactive, which is the limit/) },
      },
    });
  });

  it.each([
    ['throws', () => Promise.reject(Object.assign(new Error('secret plan'), { code: 'ECONNREFUSED' }))],
    ['gives no number', () => NaN],
    ['gives a negative number', () => -1],
  ])('refuses with INTERNAL_ERROR, and changes nothing, when the part %s', async (_case, limit) => {
    await start(PlanLimit);
    const api = await user(() => 10);
    const [id] = await create(api, 1);
    await api.patch(`/v1/webhooks/${id}`, { active: false });
    host.app.get(Plans).limits.set(api.userId, limit);
    const failed = {
      status: 500,
      body: { error: { code: 'INTERNAL_ERROR', message: 'Something went wrong on our side.' } },
    };
    expect(await api.post('/v1/webhooks', WEBHOOK)).toMatchObject(failed);
    expect(await api.patch(`/v1/webhooks/${id}`, { active: true })).toMatchObject(failed);
    expect((await api.get('/v1/webhooks?active=all')).body.data).toMatchObject([{ id, active: false }]);
    expect((await api.patch(`/v1/webhooks/${id}`, { description: 'x' })).status).toBe(200);
  });

  it('answers with the error that the part throws for the caller', async () => {
    await start(PlanLimit);
    const api = await user(() => Promise.reject(new DomainError('FORBIDDEN', 'Your plan has no webhooks.')));
    expect(await api.post('/v1/webhooks', WEBHOOK)).toMatchObject({
      status: 403,
      body: { error: { code: 'FORBIDDEN', message: 'Your plan has no webhooks.' } },
    });
  });

  it('is looked up while no transaction is open', async () => {
    await start(PlanLimit);
    const open: unknown[] = [];
    const api = await user(async () => {
      open.push(
        await host.app.get(PrismaService).$queryRaw`
          SELECT pid FROM pg_stat_activity
          WHERE datname = current_database() AND state LIKE 'idle in transaction%'`,
      );
      return 2;
    });
    const [id] = await create(api, 1);
    await api.patch(`/v1/webhooks/${id}`, { active: false });
    await api.patch(`/v1/webhooks/${id}`, { active: true });
    expect(open.length).toBeGreaterThanOrEqual(3);
    expect(open.flat()).toEqual([]);
  });
});
