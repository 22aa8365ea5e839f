import { describe, expect, it } from '@jest/globals';
import { closestRoute } from './closest-route.js';

const ROUTES = [
  'POST /v1/webhooks',
  'GET /v1/webhooks',
  'GET /v1/webhooks/:id',
  'GET /v1/webhooks/deliveries',
  'GET /v1/webhooks/deliveries/:id',
  'POST /v1/webhooks/:id/rotate-secret',
  'POST /v1/events',
  'GET /v1/api-keys',
  'GET /health/ready',
  'GET /docs',
].map((route) => {
  const [method = '', path = ''] = route.split(' ');
  return { method, path };
});

describe('A route suggestion', () => {
  it.each([
    ['GET', '/webhooks', 'GET /v1/webhooks'],
    ['POST', '/webhooks/', 'POST /v1/webhooks'],
    ['GET', '//V1//WebHooks//?limit=1', 'GET /v1/webhooks'],
    ['GET', '/api/v1/webhook', 'GET /v1/webhooks'],
    ['GET', '/v2/webhooks', 'GET /v1/webhooks'],
    ['GET', '/v1/webhooks/deliveries/', 'GET /v1/webhooks/deliveries'],
    ['GET', '/v1/webhook/abc', 'GET /v1/webhooks/{id}'],
    ['GET', '/v1/deliveries/abc', 'GET /v1/webhooks/deliveries/{id}'],
    ['GET', '/v1/webhooks/abc/deliveries', 'GET /v1/webhooks/deliveries?webhookId={id}'],
    ['POST', '/v1/webhooks/abc/rotateSecret', 'POST /v1/webhooks/{id}/rotate-secret'],
    ['DELETE', '/event', 'POST /v1/events'],
    ['GET', '/v1/api_keys', 'GET /v1/api-keys'],
    ['GET', '/readyz', 'GET /health/ready'],
    ['GET', '/swagger', 'GET /docs'],
  ])('corrects %s %s to %s', (method, url, meant) => {
    expect(closestRoute(method, url, ROUTES)).toBe(meant);
  });

  it.each(['/', '', '*', '/v1', '/favicon.ico', '/users', '/v1/webhooks/a/b/c', `/webhooks/${'x'.repeat(200)}`])(
    'is absent for %s',
    (url) => {
      expect(closestRoute('GET', url, ROUTES)).toBeUndefined();
    },
  );

  it('repeats nothing of the path, which may hold a secret', () => {
    expect(closestRoute('GET', '/webhooks/hunter2?key=hunter2', ROUTES)).toBe('GET /v1/webhooks/{id}');
  });
});
