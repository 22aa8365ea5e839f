import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { eventually } from '../../support/api-client.js';
import { startApp, type TestApp } from '../../support/app.js';
import { routesOf } from '../../support/routes.js';
import { answerTo, postOf } from '../support/raw-request.js';

const WEBHOOK = '{"url":"https://your-app.com/hook","events":["extraction.completed"]}';
const EVENT = { event: 'extraction.completed', userId: 'uid_nobody', extractionId: 'extract-1' };
const MANAGEMENT_BYTES = 65_536;
const EVENT_BYTES = 589_824;
const BATCH_BYTES = 5_242_880;

/** The limits of routes that take events. */
const LIMITS: Record<string, number | undefined> = {
  '/v1/events': EVENT_BYTES,
  '/v1/events/batch': BATCH_BYTES,
  '/v1/webhooks/test-filter': EVENT_BYTES,
};

describe('A body', () => {
  let service: TestApp;
  let webhookId: string;
  let key: Record<string, string>;

  beforeAll(async () => {
    service = await startApp();
    ({ id: webhookId } = (await service.api.createWebhook('https://your-app.com/hook')).webhook);
    key = { authorization: `Bearer ${service.api.key}` };
  });

  afterAll(async () => {
    await service.close();
  });

  async function post(path: string, body: Buffer | string, headers: Record<string, string>) {
    const response = await fetch(`${service.url}${path}`, {
      method: 'POST',
      headers: { ...key, ...headers },
      body: Buffer.from(body),
    });
    const answer = (await response.json()) as { error?: { code: string; message: string }; data?: unknown };
    return { status: response.status, ...answer };
  }

  describe('over the limit of its route', () => {
    it('gets 413 before a byte is read: 64 KiB, 576 KiB for an event, 5 MiB for a batch', async () => {
      const routes = (await routesOf(service.url)).filter((route) => /^(?:POST|PATCH|DELETE)/.test(route));
      expect(routes.length).toBeGreaterThan(10);
      for (const route of routes) {
        const [method = '', template = ''] = route.split(' ');
        const most = LIMITS[template] ?? MANAGEMENT_BYTES;
        const headers = { ...key, 'content-type': 'application/json', 'content-length': String(most + 1) };
        const request = postOf(template.replaceAll(/\{\w+\}/g, 'zzz'), headers).replace('POST', method);
        const { status, body } = await answerTo(service.url, request);
        expect([route, status, JSON.parse(body)]).toEqual([
          route,
          413,
          { error: { code: 'PAYLOAD_TOO_LARGE', message: expect.stringContaining(String(most)) } },
        ]);
      }
    });

    it.each([
      ['/v1/webhooks', MANAGEMENT_BYTES],
      ['/v1/events', EVENT_BYTES],
      ['/v1/events/batch', BATCH_BYTES],
    ])('gets 413 when it has no length, and is read up to the limit: %s', async (path, most) => {
      const type = { 'content-type': 'application/json' };
      const [content, success] = {
        '/v1/webhooks': [WEBHOOK, 200] as const,
        '/v1/events': [JSON.stringify({ ...EVENT, data: {} }), 202] as const,
        '/v1/events/batch': [JSON.stringify({ events: [{ ...EVENT, data: {} }] }), 202] as const,
      }[path] ?? ['', 0];
      expect((await post(path, content.padEnd(most), type)).status).toBe(success);
      const chunked = postOf(path, { ...key, ...type, 'transfer-encoding': 'chunked' });
      const text = content.padEnd(most + 1);
      const answer = await answerTo(service.url, `${chunked}${text.length.toString(16)}\r\n${text}`);
      expect([answer.status, JSON.parse(answer.body).error.code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    });
  });

  describe('that is empty', () => {
    const TYPES = [
      'application/x-www-form-urlencoded',
      'text/plain',
      'nonsense',
      '',
      'application/json;charset=euc-kr',
    ];
    const OPTIONAL: [method: string, path: string, status: number][] = [
      ['POST', '/v1/webhooks/{own}/test', 202],
      ['POST', '/v1/webhooks/{own}/rotate-secret', 200],
      ['POST', '/v1/webhooks/deliveries/{unknown}/resend', 404],
      ['PATCH', '/v1/webhooks/{own}', 200],
      ['DELETE', '/v1/webhooks/{unknown}', 404],
      ['DELETE', '/v1/api-keys/{unknown}', 404],
    ];

    it.each(OPTIONAL)('is accepted with any type, with a length or in chunks: %s %s', async (method, path, status) => {
      for (const type of TYPES) {
        for (const [framing, body] of [
          [{ 'content-length': '0' }, ''],
          [{ 'transfer-encoding': 'chunked' }, '0\r\n\r\n'],
        ] as const) {
          const headers = { ...key, 'content-type': type, ...framing };
          const target = path.replace('{own}', webhookId).replace('{unknown}', randomUUID());
          const request = postOf(target, headers, body).replace('POST', method);
          expect([type, (await answerTo(service.url, request)).status]).toEqual([type, status]);
        }
      }
    });

    it('is accepted when it has a content encoding', async () => {
      const headers = { ...key, 'content-encoding': 'gzip', 'content-length': '0' };
      expect((await answerTo(service.url, postOf(`/v1/webhooks/${webhookId}/test`, headers))).status).toBe(202);
    });

    it.each([
      ['/v1/webhooks', /url/],
      ['/v1/api-keys', /name/],
      ['/v1/events', /event/],
      ['/v1/events/batch', /events/],
    ])('gets 400 with the missing field: %s', async (path, named) => {
      const headers = { ...key, 'content-type': 'application/x-www-form-urlencoded', 'content-length': '0' };
      const { status, body } = await answerTo(service.url, postOf(path, headers));
      expect([status, JSON.parse(body).error]).toEqual([
        400,
        { code: 'VALIDATION_ERROR', message: expect.stringMatching(named) },
      ]);
    });
  });

  describe('of another type, charset or encoding', () => {
    it.each([
      ['content-encoding', 'gzip'],
      ['content-encoding', 'br'],
      ['content-encoding', 'identity, gzip'],
      ['content-encoding', 'utf-8'],
      ['content-type', 'application/json; charset=euc-kr'],
      ['content-type', 'application/json; charset="CP949"'],
      ['content-type', 'application/json;charset=latin1'],
      ['content-type', 'application/json; charset=utf-16'],
      ['content-type', 'application/json; charset='],
      ['content-type', 'application/json; charset=utf-8; charset=euc-kr'],
      ['content-type', 'application/json, text/plain'],
      ['content-type', 'application/json, application/json'],
      ['content-type', 'application/json/x'],
      ['content-type', 'text/json'],
    ])('gets 415 with advice: %s %s', async (name, value) => {
      const type = name === 'content-type' ? value : 'application/json';
      for (const path of ['/v1/webhooks', '/v1/events']) {
        const answer = await post(path, WEBHOOK, {
          'content-type': type,
          ...(name === 'content-type' ? {} : { [name]: value }),
        });
        expect(answer).toEqual({
          status: 415,
          error: { code: 'UNSUPPORTED_MEDIA_TYPE', message: expect.stringMatching(/send it with/) },
        });
      }
    });

    it.each([
      ['application/json; charset=utf-8', {}],
      ['application/json;charset=UTF-8', {}],
      ['application/json; charset="utf-8"', {}],
      ['application/json; charset=utf8', {}],
      ['Application/JSON ; version=1', {}],
      ['application/json;', {}],
      ['application/json', { 'content-encoding': 'identity' }],
    ])('is read when it is UTF-8 after all: %s %j', async (type, headers) => {
      expect((await post('/v1/webhooks', '{}', { 'content-type': type, ...headers })).status).toBe(400);
    });

    it.each(['gzip, chunked', 'deflate,chunked'])('gets 415 when its transfer coding is %s', async (coding) => {
      const headers = { ...key, 'content-type': 'application/json', 'transfer-encoding': coding };
      expect((await answerTo(service.url, postOf('/v1/webhooks', headers, '2\r\n{}\r\n0\r\n\r\n'))).status).toBe(415);
    });

    it('gets 415 when two types are given', async () => {
      const twice = postOf('/v1/webhooks', { ...key, 'content-type': 'application/json', 'content-length': '2' }, '{}');
      const request = twice.replace('content-length', 'content-type: text/plain\r\ncontent-length');
      expect((await answerTo(service.url, request)).status).toBe(415);
    });
  });

  describe('that is not UTF-8', () => {
    const KOREAN = Buffer.from([0xc7, 0xd1, 0xb1, 0xdb]);

    it.each([
      ['EUC-KR', KOREAN],
      ['CP949', Buffer.from([0x8c, 0x63])],
      ['Latin-1', Buffer.from([0x63, 0x61, 0x66, 0xe9])],
      ['a surrogate', Buffer.from([0xed, 0xa0, 0x80])],
      ['an overlong slash', Buffer.from([0xc0, 0xaf])],
      ['half a letter', Buffer.from([0xed, 0x95])],
    ])('gets 400 instead of being changed: %s', async (_case, bytes) => {
      for (const [path, body] of [
        ['/v1/events', around(bytes, `${JSON.stringify({ ...EVENT, data: {} }).slice(0, -2)}"text":"`, '"}}')],
        ['/v1/webhooks', around(bytes, `${WEBHOOK.slice(0, -1)},"description":"`, '"}')],
      ] as const) {
        const answer = await post(path, body, { 'content-type': 'application/json' });
        expect(answer).toEqual({
          status: 400,
          error: { code: 'VALIDATION_ERROR', message: 'The body is not valid UTF-8: send it as UTF-8.' },
        });
      }
    });

    it('gets 400 when it is UTF-16, with or without a byte order mark', async () => {
      for (const mark of ['', '\ufeff']) {
        const answer = await post('/v1/webhooks', Buffer.from(mark + WEBHOOK, 'utf16le'), {
          'content-type': 'application/json',
        });
        expect(answer.status).toBe(400);
      }
    });

    it('is read when it begins with one byte order mark of UTF-8', async () => {
      const headers = { 'content-type': 'application/json' };
      expect((await post('/v1/webhooks', `\ufeff${WEBHOOK}`, headers)).status).toBe(200);
      expect((await post('/v1/webhooks', `\ufeff\ufeff${WEBHOOK}`, headers)).status).toBe(400);
    });
  });

  it('is logged at debug when its client leaves before the end', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn');
    const error = jest.spyOn(Logger.prototype, 'error');
    const debug = jest.spyOn(Logger.prototype, 'debug');
    try {
      const left = () =>
        debug.mock.calls.filter(([line]) => JSON.stringify(line).includes('The client disconnected')).length;
      let expected = 0;
      for (const framing of ['content-length: 1000', 'transfer-encoding: chunked']) {
        for (const leave of ['destroy', 'end', 'resetAndDestroy'] as const) {
          const socket = connect(Number(new URL(service.url).port), '127.0.0.1').on('error', () => undefined);
          // 100 Continue shows that the body is being read.
          const headers = { ...key, 'content-type': 'application/json', expect: '100-continue' };
          socket.write(postOf('/v1/webhooks', headers).replace('\r\n', `\r\n${framing}\r\n`));
          await new Promise((resolve) => socket.once('data', resolve));
          socket[leave]();
          expected += 1;
          await eventually(async () => (left() === expected ? true : undefined), 'the line in the log');
          socket.destroy();
        }
      }
      expect([warn.mock.calls, error.mock.calls]).toEqual([[], []]);
    } finally {
      jest.restoreAllMocks();
    }
  });
});

function around(bytes: Buffer, before: string, after: string): Buffer {
  return Buffer.concat([Buffer.from(before), bytes, Buffer.from(after)]);
}
