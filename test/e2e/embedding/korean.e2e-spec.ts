import { Body, Controller, Post, ValidationPipe } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DomainError } from '../../../src/common/domain-error.js';
import { ResendDeliveriesDto } from '../../../src/deliveries/resend.dto.js';
import { WebhookLimit } from '../../../src/webhooks/webhook-limit.js';
import { type AdapterName, startHost, type TestHost } from '../../support/host.js';
import { expectKorean } from '../../support/korean.js';

const KOREAN = { 'accept-language': 'ko' };
const HOSTILE = '{{field}} $& $t(x) "';

@Controller('host')
class HostController {
  @Post()
  create(@Body(new ValidationPipe()) body: ResendDeliveriesDto): object {
    return body;
  }
}

class RefusingLimit extends WebhookLimit {
  override maxActive(): never {
    throw new DomainError('FORBIDDEN', 'Your plan has no {{webhooks}}.');
  }
}

describe.each<AdapterName>(['Fastify', 'Express'])('Korean messages in an application on %s', (adapter) => {
  let host: TestHost;

  beforeAll(async () => {
    host = await startHost({
      adapter,
      controllers: [HostController],
      options: { webhookLimit: RefusingLimit },
    });
  });

  afterAll(async () => {
    await host.close();
  });

  it.each([
    ['POST', '/v1/api-keys', { name: 1, [HOSTILE]: 1 }],
    ['POST', '/v1/webhooks', '{'],
    ['POST', '/v1/events', { data: 'x'.repeat(4_000), event: HOSTILE, userId: 1 }],
    ['PUT', '/v1/webhooks', undefined],
    ['GET', '/v1/webhooks/nope', undefined],
    ['GET', `/v1/webhooks?active=${encodeURIComponent(HOSTILE)}`, undefined],
  ])('answer %s %s with %j', async (method, path, body) => {
    const english = await host.api.request(method, path, { body });
    const korean = await host.api.request(method, path, { body, headers: KOREAN });
    expectKorean(korean);
    expect([korean.status, korean.body.error.code]).toEqual([english.status, english.body.error.code]);
    expect(english.headers.get('content-language')).toBeNull();
    const isRepeated = (english.body.error.message as string).includes(JSON.stringify(HOSTILE));
    expect((korean.body.error.message as string).includes(JSON.stringify(HOSTILE))).toBe(isRepeated);
  });

  it('leave the messages of the application as they are', async () => {
    const webhook = { url: 'https://your-app.com/hook', events: ['extraction.completed'] };
    const { body } = await host.api.post('/v1/webhooks', webhook, KOREAN);
    expect(body).toEqual({ error: { code: 'FORBIDDEN', message: 'Your plan has no {{webhooks}}.' } });
  });

  it('leave the routes of the application as they are, also with our classes', async () => {
    const { body } = await host.api.post('/host', { ids: 5 }, KOREAN);
    expect(body.message).toEqual(['ids must be an array of 1 to 100 ids of delivery records']);
  });
});
