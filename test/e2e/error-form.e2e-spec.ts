import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ERROR_STATUS, type ErrorCode } from '../../src/common/domain-error.js';
import { Database } from '../../src/database/database.js';
import { SecretCipher } from '../../src/webhooks/secret-cipher.js';
import { ApiClient, type ApiResponse } from '../support/api-client.js';
import { startApp, type TestApp } from '../support/app.js';
import { acceptLanguage, expectKorean } from '../support/korean.js';
import { clientOf } from '../support/user-client.js';

const STATUS: Record<ErrorCode, number> = {
  VALIDATION_ERROR: 400,
  MAX_WEBHOOKS_REACHED: 400,
  MAX_KEYS_REACHED: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  CONFLICT: 409,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  RATE_LIMITED: 429,
  INTERNAL_ERROR: 500,
  SERVICE_UNAVAILABLE: 503,
};
const WEBHOOK = { url: 'https://your-app.com/webhooks/docmap', events: ['extraction.completed'] };
const EVENT = { event: 'extraction.completed', userId: 'uid_nobody', extractionId: 'extract-1', data: {} };

class BrokenCipher extends SecretCipher {
  override encrypt(): never {
    throw new Error('The key of the cipher is hunter2');
  }

  override decrypt(): never {
    return this.encrypt();
  }
}

/** A request for each code that one service can answer. */
const PROVOCATIONS: { what: string; code: ErrorCode; provoke: (service: TestApp) => Promise<ApiResponse<unknown>> }[] =
  [
    { what: 'an invalid body', code: 'VALIDATION_ERROR', provoke: ({ api }) => api.post('/v1/webhooks', { url: 1 }) },
    { what: 'an invalid query', code: 'VALIDATION_ERROR', provoke: ({ api }) => api.get('/v1/webhooks?active=maybe') },
    {
      what: 'an eleventh webhook',
      code: 'MAX_WEBHOOKS_REACHED',
      provoke: async (service) => {
        const api = await service.as(`uid_${randomUUID()}`);
        for (let count = 0; count < 10; count += 1) await api.createWebhook(WEBHOOK.url);
        return api.post('/v1/webhooks', WEBHOOK);
      },
    },
    {
      what: 'an eleventh key',
      code: 'MAX_KEYS_REACHED',
      provoke: async (service) => {
        const api = await service.as(`uid_${randomUUID()}`);
        for (let count = 0; count < 9; count += 1) await api.post('/v1/api-keys', { name: 'x', expiresIn: '30d' });
        return api.post('/v1/api-keys', { name: 'x', expiresIn: '30d' });
      },
    },
    {
      what: 'an unknown key',
      code: 'UNAUTHORIZED',
      provoke: ({ url }) => new ApiClient(url, `dm_live_${'0'.repeat(64)}`).get('/v1/webhooks'),
    },
    {
      what: "another user's webhook",
      code: 'FORBIDDEN',
      provoke: async (service) => {
        const { webhook } = await (await service.as('uid_a')).createWebhook(WEBHOOK.url);
        return (await service.as('uid_b')).delete(`/v1/webhooks/${webhook.id}`);
      },
    },
    {
      what: 'a missing scope',
      code: 'FORBIDDEN',
      provoke: async ({ app, url }) => (await clientOf({ app, url }, 'uid_c', ['webhooks'])).post('/v1/events', EVENT),
    },
    { what: 'an unknown id', code: 'NOT_FOUND', provoke: ({ api }) => api.get('/v1/webhooks/nope') },
    { what: 'an unknown route', code: 'NOT_FOUND', provoke: ({ api }) => api.get('/v2/webhooks') },
    { what: 'the root, except for GET', code: 'NOT_FOUND', provoke: ({ api }) => api.post('/') },
    {
      what: 'a wrong method',
      code: 'METHOD_NOT_ALLOWED',
      provoke: ({ api }) => api.request('PUT', '/v1/webhooks', { body: {} }),
    },
    { what: 'OPTIONS', code: 'METHOD_NOT_ALLOWED', provoke: ({ api }) => api.request('OPTIONS', '/v1/webhooks') },
    {
      what: 'an idempotency key used for another body',
      code: 'CONFLICT',
      provoke: async ({ api }) => {
        const headers = { 'idempotency-key': randomUUID() };
        await api.post('/v1/events', EVENT, headers);
        return api.post('/v1/events', { ...EVENT, extractionId: 'extract-2' }, headers);
      },
    },
    {
      what: 'an event over 256 KiB',
      code: 'PAYLOAD_TOO_LARGE',
      provoke: ({ api }) => api.post('/v1/events', { ...EVENT, data: { text: 'x'.repeat(262_144) } }),
    },
    {
      what: 'a body that is not JSON',
      code: 'UNSUPPORTED_MEDIA_TYPE',
      provoke: ({ api }) => api.post('/v1/webhooks', 'url=1', { 'content-type': 'application/x-www-form-urlencoded' }),
    },
  ];

/** The message of an error, after a check of its other parts. */
function messageOf({ status, headers, body }: ApiResponse<unknown>, code: ErrorCode): string {
  expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(body).toStrictEqual({ error: { code, message: expect.stringMatching(/^\S.{8,}$/) } });
  expect(status).toBe(STATUS[code]);
  return (body as { error: { message: string } }).error.message;
}

describe.each(['en', 'ko'])(
  'Every error has the form { error: { code, message } } and the status of its code in %s',
  (language) => {
    let service: TestApp;

    beforeAll(async () => {
      acceptLanguage(language);
      service = await startApp();
    });

    afterAll(async () => {
      jest.restoreAllMocks();
      await service.close();
    });

    const isKorean = language === 'ko';

    /** The message of an error, after a check of its language. */
    function textOf(response: ApiResponse<unknown>, code: ErrorCode): string {
      if (isKorean) expectKorean(response);
      else expect(response.headers.has('content-language')).toBe(false);
      return messageOf(response, code);
    }

    it('uses no other codes', () => {
      expect(ERROR_STATUS).toEqual(STATUS);
    });

    it.each(PROVOCATIONS)('$what: $code', async ({ code, provoke }) => {
      expect(textOf(await provoke(service), code)).not.toMatch(/[{}]|node_modules/);
    });

    it('answers RATE_LIMITED to too many requests', async () => {
      const limited = await startApp({ env: { RATE_LIMIT_PER_MINUTE: '1' } });
      try {
        await limited.api.get('/v1/webhooks');
        expect(textOf(await limited.api.get('/v1/webhooks'), 'RATE_LIMITED')).toContain(isKorean ? '1건' : '1 request');
      } finally {
        await limited.close();
      }
    });

    it('answers INTERNAL_ERROR to an internal fault, without its details', async () => {
      const broken = await startApp({
        override: (builder) => builder.overrideProvider(SecretCipher).useClass(BrokenCipher),
      });
      try {
        const response = await broken.api.post('/v1/webhooks', WEBHOOK);
        const message = isKorean ? '서비스에 오류가 발생했습니다.' : 'Something went wrong on our side.';
        expect(textOf(response, 'INTERNAL_ERROR')).toBe(message);
      } finally {
        await broken.close();
      }
    });

    it('answers SERVICE_UNAVAILABLE with Retry-After, on every route that needs the database, while it is away', async () => {
      const stopped = await startApp();
      await stopped.app.get(Database).close();
      try {
        for (const path of ['/v1/webhooks', '/v1/api-keys', '/v1/webhooks/deliveries', '/health/ready']) {
          const response = await stopped.api.get(path);
          expect(textOf(response, 'SERVICE_UNAVAILABLE')).toContain(isKorean ? '데이터베이스' : 'database');
          expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
        }
        expect((await stopped.api.get('/health')).status).toBe(200);
      } finally {
        await stopped.close();
      }
    });
  },
);
