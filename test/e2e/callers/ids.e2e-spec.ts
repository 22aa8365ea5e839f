import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver } from '../../support/receiver.js';

const COUNT = 40;

/**
 * The random digits among the 32 hex digits of an id. The other digits of a uuid are its version and variant, or the
 * time.
 */
const WHOLE = Array.from({ length: 32 }, (_, digit) => digit);
const UUID_4 = WHOLE.filter((digit) => digit !== 12 && digit !== 16);
const UUID_7 = WHOLE.filter((digit) => digit > 12 && digit !== 16);

describe('Consecutive ids', () => {
  let service: TestApp;
  let receiver: Receiver;
  const ids: Record<string, string[]> = { webhook: [], key: [], event: [], delivery: [], record: [], recovery: [] };
  const secrets: Record<string, string[]> = { webhook: [], key: [] };

  beforeAll(async () => {
    service = await startApp();
    receiver = await Receiver.start();
    await Promise.all(Array.from({ length: COUNT / 4 }, (_, user) => fill(`uid_${user}`)));
    const published = Array.from({ length: COUNT - COUNT / 4 }, () => service.api.publish());
    ids.event?.push(...(await Promise.all(published)).map(({ id }) => id));
  });

  /** Creates four resources of each kind for a user, and an event. */
  async function fill(userId: string): Promise<void> {
    const api = await service.as(userId);
    for (let count = 0; count < 4; count += 1) {
      const { secret, webhook } = await api.createWebhook(receiver.url, ['extraction.failed']);
      const { body: made } = await api.post('/v1/api-keys', { name: 'x', expiresIn: '30d' });
      const since = new Date(Date.now() - 1_000).toISOString();
      const { body: recovery } = await api.post(`/v1/webhooks/${webhook.id}/recover`, { since });
      ids.webhook?.push(webhook.id);
      ids.key?.push(made.data.apiKey.id);
      ids.recovery?.push(recovery.data.id);
      secrets.webhook?.push(secret);
      secrets.key?.push(String(made.data.key).replace('dm_live_', ''));
    }
    const { id } = await api.publish({ userId, event: 'extraction.failed' });
    const records = await api.log(4);
    ids.event?.push(id);
    ids.delivery?.push(...records.map(({ deliveryId }) => String(deliveryId)));
    ids.record?.push(...records.map((record) => String(record.id)));
  }

  afterAll(async () => {
    await service.close();
    await receiver.close();
  });

  it.each([
    ['webhook', WHOLE],
    ['key', UUID_4],
    ['event', UUID_7],
    ['delivery', UUID_7],
    ['record', UUID_7],
    ['recovery', UUID_7],
  ])('do not reveal the next id of a %s', (kind, random) => {
    const digits = (ids[kind] ?? []).map((id) => id.replaceAll(/webhook-|-/g, ''));
    expect(new Set(digits).size).toBe(COUNT);
    for (const id of digits) expect(id).toMatch(/^[0-9a-f]{32}$/);
    for (const digit of random) {
      const seen = digits.map((id) => Number.parseInt(id.charAt(digit), 16));
      // Among 40 random digits, fewer than 7 different ones occur less than once in a billion runs. The digits of a
      // counter do not change, or rise by the same step.
      expect([kind, digit, new Set(seen).size >= 7]).toEqual([kind, digit, true]);
      const steps = seen.slice(1).map((value, index) => (value - (seen[index] ?? 0) + 16) % 16);
      expect([kind, digit, new Set(steps).size >= 5]).toEqual([kind, digit, true]);
    }
    expect(random.length * 4).toBeGreaterThanOrEqual(72);
  });

  it.each(['webhook', 'key'])('give no access, unlike the secret of a %s, in which all bits are random', (kind) => {
    const made = secrets[kind] ?? [];
    expect(new Set(made).size).toBe(COUNT);
    for (const secret of made) expect(secret).toMatch(/^[0-9a-f]{64}$/);
    for (let digit = 0; digit < 64; digit += 1) {
      const seen = new Set(made.map((secret) => secret.charAt(digit)));
      expect([kind, digit, seen.size >= 7]).toEqual([kind, digit, true]);
    }
  });
});
