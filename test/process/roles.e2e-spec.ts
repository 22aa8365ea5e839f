import { afterEach, expect, it, jest } from '@jest/globals';
import { answerTo } from '../e2e/support/raw-request.js';
import { describeOnServer } from './support/kinds.js';
import { Stage } from './support/stage.js';

jest.setTimeout(60_000);

describeOnServer('Processes with a role each, on one database server,', () => {
  const stage = new Stage();

  afterEach(() => stage.clear());

  it('serve the API in one only, and health in both', async () => {
    const database = await stage.database('server');
    const dispatcher = await stage.start(database, { ROLE: 'dispatcher' });
    const { status, headers, body } = await dispatcher.api.get('/v1/webhooks');
    expect(status).toBe(404);
    expect(body).toEqual({
      error: { code: 'NOT_FOUND', message: expect.stringContaining('only dispatches (ROLE=dispatcher)') },
    });
    expect(headers.get('x-request-id')).toBeTruthy();
    expect((await dispatcher.api.post('/v1/events', {})).status).toBe(404);
    for (const target of ['/%761/webhooks', '/v%31/webhooks', 'http://x/v1/webhooks', 'HTTP://x/%761/webhooks']) {
      for (const method of ['GET', 'POST', 'PUT', 'OPTIONS']) {
        const head = `${method} ${target} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${dispatcher.api.key}\r\n`;
        const answer = await answerTo(dispatcher.url, `${head}content-length: 0\r\n\r\n`);
        expect([method, target, answer.status, answer.headers.allow]).toEqual([method, target, 404, undefined]);
      }
    }
    expect(await dispatcher.api.get('/health')).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(await dispatcher.api.get('/health/ready')).toMatchObject({ status: 200, body: { status: 'ok' } });
  });
});
