import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Body,
  Catch,
  Controller,
  Get,
  HttpException,
  Injectable,
  Post,
  Query,
  ValidationPipe,
  VersioningType,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
  type PipeTransform,
} from '@nestjs/common';
import { APP_INTERCEPTOR, APP_PIPE, BaseExceptionFilter } from '@nestjs/core';
import { IsInt } from 'class-validator';
import { map } from 'rxjs';
import { answerTo, postOf } from '../support/raw-request.js';
import { Receiver } from '../../support/receiver.js';
import { ADAPTERS, startHost, type AdapterName, type TestHost } from '../../support/host.js';

class Order {
  @IsInt()
  amount!: number;
}

@Controller('orders')
class OrdersController {
  @Post()
  create(@Body() order: Order) {
    return { order };
  }

  @Get()
  list(@Query('name') name: string) {
    return { name };
  }

  @Get('broken')
  broken() {
    throw new HttpException('the host broke', 418);
  }
}

@Injectable()
class Shouting implements PipeTransform {
  transform(value: unknown): unknown {
    return typeof value === 'string' ? value.toUpperCase() : value;
  }
}

@Injectable()
class Wrapping implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler) {
    return next.handle().pipe(map((value: unknown) => ({ wrapped: value })));
  }
}

@Catch()
class HostFilter extends BaseExceptionFilter {}

describe.each(Object.keys(ADAPTERS) as AdapterName[])('In an application on %s', (adapter) => {
  let host: TestHost;
  let receiver: Receiver;

  beforeAll(async () => {
    receiver = await Receiver.start();
    host = await startHost({
      adapter,
      controllers: [OrdersController],
      providers: [
        { provide: APP_PIPE, useClass: Shouting },
        { provide: APP_INTERCEPTOR, useClass: Wrapping },
      ],
      prepare: (app) => {
        app.useGlobalPipes(
          new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, validateCustomDecorators: true }),
        );
        app.useGlobalInterceptors(new Wrapping());
        app.useGlobalFilters(new HostFilter(app.getHttpAdapter()));
        app.enableVersioning({ type: VersioningType.URI, defaultVersion: '7' });
      },
    });
  });

  afterAll(async () => {
    await host?.close();
    await receiver.close();
  });

  const request = (path: string, init: RequestInit = {}) =>
    fetch(`${host.url}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${host.api.key}`, 'content-type': 'application/json', ...init.headers },
    });

  it('keeps the contract of a webhook when the host changes its own requests and answers', async () => {
    const { secret, webhook } = await host.api.createWebhook(receiver.url);
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    expect((await host.api.get(`/v1/webhooks/${webhook.id}`)).body).toEqual({ data: webhook });
    const patched = await host.api.patch(`/v1/webhooks/${webhook.id}`, { description: 'mine' });
    expect(patched.body.data).toMatchObject({ description: 'mine' });
    const body =
      '{"event":"extraction.completed","userId":"uid_local","extractionId":"extract-1","data":{"n":1e999,"b":12345678901234567890}}';
    const published = await request('/v1/events', { method: 'POST', body });
    expect([published.status, ((await published.json()) as { data: { deliveries: number } }).data.deliveries]).toEqual([
      202, 1,
    ]);
    const [{ body: sent } = { body: '' }] = await receiver.received(1);
    expect(sent).toContain('"n":1e999,"b":12345678901234567890');
    expect(await host.api.log(1)).toMatchObject([{ status: 'success', extractionId: 'extract-1' }]);
    expect((await host.api.get('/v1/webhooks/deliveries?limit=1')).body).toMatchObject({ data: [{}], hasMore: false });
    expect((await host.api.post(`/v1/webhooks/${webhook.id}/rotate-secret`)).status).toBe(200);
    expect((await host.api.delete(`/v1/webhooks/${webhook.id}`)).body).toEqual({ success: true });
  });

  it.each([
    [401, 'UNAUTHORIZED', '/v1/webhooks', { method: 'POST', body: '{}', headers: { authorization: '' } }],
    [400, 'VALIDATION_ERROR', '/v1/webhooks', { method: 'POST', body: '{"url":"https://a.example","events":["x"]}' }],
    [400, 'VALIDATION_ERROR', '/v1/webhooks', { method: 'POST', body: '{"url":' }],
    [400, 'VALIDATION_ERROR', '/v1/webhooks', { method: 'POST', body: '[]' }],
    [400, 'VALIDATION_ERROR', '/v1/webhooks/deliveries?limit=100000000', {}],
    [400, 'VALIDATION_ERROR', '/v1/events', { method: 'POST', body: '{"event":"x.y"}' }],
    [404, 'NOT_FOUND', '/v1/webhooks/webhook-00000000000000000000000000000000', {}],
    [413, 'PAYLOAD_TOO_LARGE', '/v1/webhooks', { method: 'POST', body: `"${'x'.repeat(70_000)}"` }],
    [
      415,
      'UNSUPPORTED_MEDIA_TYPE',
      '/v1/webhooks',
      { method: 'POST', body: 'a=1', headers: { 'content-type': 'text/plain' } },
    ],
  ] as [number, string, string, RequestInit][])(
    'answers %i %s in our form to %s %j',
    async (status, code, path, init) => {
      const response = await request(path, init);
      expect([response.status, await response.json()]).toEqual([
        status,
        { error: { code, message: expect.stringMatching(/\w/) } },
      ]);
      expect(response.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
      expect(response.headers.get('cache-control')).toBe('no-store');
    },
  );

  it('refuses a request without a key before its body', async () => {
    // The end of the body never arrives: an answer does not depend on it.
    const head = { 'content-type': 'application/json', 'content-length': '1000' };
    const { status, headers } = await answerTo(host.url, postOf('/v1/events/batch', head, '{'));
    expect([status, headers['www-authenticate']]).toEqual([401, 'Bearer']);
  });

  it.each(['/v1/webhooks', '/v1/webhooks/webhook-00000000000000000000000000000000'])(
    'answers 405 with Allow to PUT %s, without a key',
    async (path) => {
      const response = await request(path, { method: 'PUT', body: '{}', headers: { authorization: '' } });
      const allowed = response.headers.get('allow')?.split(', ').sort();
      expect([response.status, allowed]).toEqual([
        405,
        path.endsWith('s') ? ['GET', 'HEAD', 'POST'] : ['DELETE', 'GET', 'HEAD', 'PATCH'],
      ]);
      expect(await response.json()).toMatchObject({ error: { code: 'METHOD_NOT_ALLOWED' } });
      expect((await request('/v7/orders', { method: 'PUT', body: '{}' })).status).toBe(404);
    },
  );

  it("leaves the host's own routes as they are", async () => {
    const created = await request('/v7/orders', { method: 'POST', body: '{"amount":3}' });
    expect(await created.json()).toEqual({ wrapped: { wrapped: { order: { amount: 3 } } } });
    expect(created.headers.get('content-security-policy')).toBe(null);
    const listed = await request('/v7/orders?name=ada', { headers: { authorization: '' } });
    expect(await listed.json()).toEqual({ wrapped: { wrapped: { name: 'ADA' } } });
    const invalid = await request('/v7/orders', { method: 'POST', body: '{"amount":"x"}' });
    expect([invalid.status, await invalid.json()]).toMatchObject([400, { statusCode: 400 }]);
    const broken = await request('/v7/orders/broken');
    expect([broken.status, await broken.json()]).toEqual([418, { statusCode: 418, message: 'the host broke' }]);
    const large = await request('/v7/orders', {
      method: 'POST',
      body: JSON.stringify({ amount: 1, x: 'x'.repeat(80_000) }),
    });
    expect([400, 413]).toContain(large.status);
    for (const path of ['/health', '/metrics', '/docs']) expect((await request(path)).status).toBe(404);
  });
});
