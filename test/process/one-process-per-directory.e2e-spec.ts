import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Stage } from './support/stage.js';

jest.setTimeout(60_000);

describe('An embedded database', () => {
  const stage = new Stage();

  afterEach(() => stage.clear());

  it('refuses a second process, which names the first, while the first runs unharmed', async () => {
    const database = await stage.database('embedded');
    const receiver = await stage.receiver();
    const first = await stage.start(database);
    await first.api.createWebhook(receiver.url);

    const { code, output } = await stage.startInVain(database);
    expect(code).toBe(1);
    expect(output).toEqual([
      expect.stringMatching(`${database.env.DATA_DIR} is in use by process ${first.pid} on .*one process at a time`),
    ]);

    await first.api.publish({ extractionId: 'extract-after' });
    const [request] = await receiver.received(1);
    expect(JSON.parse(request?.body ?? '')).toMatchObject({ data: { id: 'extract-after' } });
    expect(await first.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    await expect(stage.start(database)).resolves.toMatchObject({ url: expect.any(String) });
  });

  it('is taken over from a killed process, with all of its data', async () => {
    const database = await stage.database('embedded');
    const receiver = await stage.receiver();
    const first = await stage.start(database);
    const { webhook } = await first.api.createWebhook(receiver.url);
    await first.kill('SIGKILL');

    const second = await stage.start(database);
    const { body } = await second.api.get('/v1/webhooks');
    expect(body.data).toEqual([expect.objectContaining({ id: webhook.id })]);
    await second.api.publish();
    await receiver.received(1);
  });
});
