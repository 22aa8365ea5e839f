import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../../support/app.js';
import { newSubscriber, newUserId } from '../support/subscriber.js';

describe('A request to recover', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startApp();
  });

  afterAll(async () => {
    await service.close();
  });

  it.each([
    ['no since', {}, 'since'],
    ['a since that is no time', { since: 'yesterday' }, 'since'],
    ['a since in the future', { since: '2999-01-01T00:00:00Z' }, 'since'],
    ['an until that is no time', { since: '2025-01-01T00:00:00Z', until: 5 }, 'until'],
    ['an until before since', { since: '2025-01-02T00:00:00Z', until: '2025-01-01T00:00:00Z' }, 'since'],
    ['no events', { since: '2025-01-01T00:00:00Z', events: [] }, 'events must name at least one event type'],
    [
      'an unknown event',
      { since: '2025-01-01T00:00:00Z', events: ['extraction.done'] },
      'events[0]: "extraction.done"',
    ],
    [
      'no extractions',
      { since: '2025-01-01T00:00:00Z', extractionIds: [] },
      'extractionIds must be an array of 1 to 100',
    ],
    [
      'too many extractions',
      { since: '2025-01-01T00:00:00Z', extractionIds: Array.from({ length: 101 }, (_, index) => `e-${index}`) },
      'extractionIds must be an array of 1 to 100 ids of extractions, not 101',
    ],
    ['a repeated extraction', { since: '2025-01-01T00:00:00Z', extractionIds: ['a', 'a'] }, 'extractionIds[1]: "a"'],
    [
      'an extraction that is no id',
      { since: '2025-01-01T00:00:00Z', extractionIds: ['a b'] },
      'extractionIds[0]: "a b"',
    ],
    ['an unknown include', { since: '2025-01-01T00:00:00Z', include: 'some' }, 'include: "some" is not a choice'],
    ['a dryRun that is no boolean', { since: '2025-01-01T00:00:00Z', dryRun: 'true' }, 'dryRun must be true or false'],
    ['a dry run of a wrong window', { since: '2999-01-01T00:00:00Z', dryRun: true }, 'since must be before'],
    ['an unknown field', { since: '2025-01-01T00:00:00Z', force: true }, 'force'],
  ])('is refused with %s', async (_case, body, named) => {
    const { api, webhookId } = await newSubscriber(service, 'https://your-app.example/webhooks');
    const answer = await api.post(`/v1/webhooks/${webhookId}/recover`, body);
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatchObject({ code: 'VALIDATION_ERROR', message: expect.stringContaining(named) });
  });

  it('is refused for a webhook that is not active', async () => {
    const { api, webhookId } = await newSubscriber(service, 'https://your-app.example/webhooks');
    await api.patch(`/v1/webhooks/${webhookId}`, { active: false });
    const { status } = await api.post(`/v1/webhooks/${webhookId}/recover`, { since: '2025-01-01T00:00:00Z' });
    expect(status).toBe(400);
  });

  it("shows its progress for the webhook's owner alone, and for this webhook", async () => {
    const { api, webhookId } = await newSubscriber(service, 'https://your-app.example/webhooks');
    const { body } = await api.post(`/v1/webhooks/${webhookId}/recover`, { since: '2025-01-01T00:00:00Z' });
    const path = `recoveries/${body.data.id}`;
    const other = await api.createWebhook('https://your-app.example/other');
    expect((await api.get(`/v1/webhooks/${other.webhook.id}/${path}`)).status).toBe(404);
    const stranger = await service.as(newUserId());
    expect((await stranger.get(`/v1/webhooks/${webhookId}/${path}`)).status).toBe(403);
    expect((await api.get(`/v1/webhooks/${webhookId}/recoveries/unknown`)).status).toBe(404);
  });
});
