import { randomUUID } from 'node:crypto';
import type { Possessions } from './possessions.js';

/** The expected outcome of a request: a refusal with this status, or an answer without values of the other user. */
type Outcome = number | 'nothing';

/** A request with which one user tries to reach a resource of another. */
export interface ForeignRequest {
  /** Appended to the route's path, whose parameters are filled in. */
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
  /** Sent with a key that may publish. */
  publishes?: true;
  outcome: Outcome;
}

const EVENT = 'extraction.completed';
const LONG_AGO = '2020-01-01T00:00:00.000Z';

const ask = (path: string, outcome: Outcome = 'nothing'): ForeignRequest => ({ path, outcome });

/** The same requests for each of the owner's webhooks. */
function onWebhooks(owner: Possessions, suffix: string, bodies: unknown[] = [undefined]): ForeignRequest[] {
  return [owner.webhookId, owner.disabledWebhookId].flatMap((id) =>
    bodies.map((body) => ({ path: `/v1/webhooks/${id}${suffix}`, body, outcome: 403 })),
  );
}

/** Headers that some services read as the identity of the caller. */
function impersonationsOf({ userId }: Possessions): Record<string, string>[] {
  return [{ 'x-user-id': userId }, { 'x-forwarded-user': userId }];
}

function eventOf({ userId }: Possessions) {
  return { event: EVENT, userId, extractionId: 'extract-b', data: {} };
}

/** Every route with a stranger's requests for the owner's resources. */
export const FOREIGN_REQUESTS: Record<
  string,
  (users: { owner: Possessions; stranger: Possessions }) => ForeignRequest[]
> = {
  'GET /v1/webhooks': ({ owner }) => [
    ...['', '?active=true', '?active=false', '?active=all'].map((query) => ask(`/v1/webhooks${query}`)),
    ...impersonationsOf(owner).map((headers) => ({
      path: '/v1/webhooks?active=all',
      headers,
      outcome: 'nothing' as const,
    })),
    ...['', '&active=all'].map((query) => ask(`/v1/webhooks?userId=${owner.userId}${query}`, 403)),
    ...['?active=all&active=all', `?id=${owner.webhookId}`].map((query) => ask(`/v1/webhooks${query}`, 400)),
  ],
  'POST /v1/webhooks': ({ owner, stranger }) =>
    [
      { userId: owner.userId },
      { id: owner.webhookId },
      { secret: owner.secret },
      { createdAt: LONG_AGO },
      { disabledReason: 'x' },
    ].map((extra) => ({
      path: '/v1/webhooks',
      body: { url: stranger.url, events: [EVENT], ...extra },
      outcome: 400,
    })),
  'POST /v1/webhooks/test-filter': ({ owner }) => [
    {
      path: '/v1/webhooks/test-filter',
      body: { filter: { extractionId: owner.extractionId }, event: { type: EVENT, data: { id: owner.extractionId } } },
      outcome: 'nothing',
    },
    { path: '/v1/webhooks/test-filter', body: { filter: { type: EVENT }, event: { id: owner.eventId } }, outcome: 400 },
  ],
  'GET /v1/webhooks/{id}': ({ owner }) => [
    ...onWebhooks(owner, ''),
    ...impersonationsOf(owner).map((headers) => ({ path: `/v1/webhooks/${owner.webhookId}`, headers, outcome: 403 })),
  ],
  'PATCH /v1/webhooks/{id}': ({ owner, stranger }) => [
    ...onWebhooks(owner, '', [
      {},
      { url: stranger.url },
      { active: true },
      { active: false },
      { events: [EVENT] },
      { description: null },
    ]),
    { path: `/v1/webhooks/${owner.webhookId}`, body: { userId: stranger.userId }, outcome: 400 },
    { path: `/v1/webhooks/${stranger.webhookId}`, body: { id: owner.webhookId }, outcome: 400 },
    { path: `/v1/webhooks/${stranger.webhookId}`, body: { userId: owner.userId }, outcome: 400 },
  ],
  'DELETE /v1/webhooks/{id}': ({ owner }) => onWebhooks(owner, ''),
  'POST /v1/webhooks/{id}/rotate-secret': ({ owner }) =>
    onWebhooks(owner, '/rotate-secret', [{}, { overlapSeconds: 0 }]),
  'POST /v1/webhooks/{id}/test': ({ owner }) => onWebhooks(owner, '/test'),
  'POST /v1/webhooks/{id}/recover': ({ owner }) =>
    onWebhooks(owner, '/recover', [
      { since: LONG_AGO },
      { since: LONG_AGO, include: 'all' },
      { since: LONG_AGO, dryRun: true },
    ]),
  'GET /v1/webhooks/{id}/recoveries': ({ owner }) => [
    ...onWebhooks(owner, '/recoveries'),
    ...onWebhooks(owner, '/recoveries?limit=100'),
  ],
  'DELETE /v1/webhooks/{id}/recoveries/{recoveryId}': ({ owner, stranger }) => [
    ...onWebhooks(owner, `/recoveries/${owner.recoveryId}`),
    ask(`/v1/webhooks/${stranger.webhookId}/recoveries/${owner.recoveryId}`, 404),
  ],
  'GET /v1/webhooks/{id}/recoveries/{recoveryId}': ({ owner, stranger }) => [
    ...onWebhooks(owner, `/recoveries/${owner.recoveryId}`),
    ...onWebhooks(owner, `/recoveries/${randomUUID()}`),
    ask(`/v1/webhooks/${stranger.webhookId}/recoveries/${owner.recoveryId}`, 404),
  ],
  'GET /v1/webhooks/{id}/stats': ({ owner }) => [
    ...onWebhooks(owner, '/stats'),
    ...onWebhooks(owner, `/stats?since=${LONG_AGO}`),
  ],
  'GET /v1/webhooks/{id}/backlog': ({ owner }) => [
    ...onWebhooks(owner, '/backlog'),
    ...onWebhooks(owner, '/backlog?limit=100'),
  ],
  'POST /v1/webhooks/{id}/backlog/send-now': ({ owner }) => onWebhooks(owner, '/backlog/send-now'),
  'POST /v1/webhooks/{id}/backlog/cancel': ({ owner }) =>
    onWebhooks(owner, '/backlog/cancel', [undefined, {}, { event: EVENT }]),
  'GET /v1/webhooks/stats': ({ owner }) => [
    ask('/v1/webhooks/stats'),
    ask(`/v1/webhooks/stats?since=${LONG_AGO}`),
    ask(`/v1/webhooks/stats?userId=${owner.userId}`, 403),
    ask(`/v1/webhooks/stats?webhookId=${owner.webhookId}`, 400),
    ...impersonationsOf(owner).map((headers) => ({ path: '/v1/webhooks/stats', headers, outcome: 'nothing' as const })),
  ],
  'POST /v1/webhooks/deliveries/resend': ({ owner, stranger }) => [
    { path: '/v1/webhooks/deliveries/resend', body: { ids: owner.recordIds }, outcome: 403 },
    // All or nothing: the own record is not queued either.
    {
      path: '/v1/webhooks/deliveries/resend',
      body: { ids: [...stranger.recordIds, owner.recordIds[0]] },
      outcome: 403,
    },
    { path: '/v1/webhooks/deliveries/resend', body: { ids: [owner.deliveryId] }, outcome: 404 },
    { path: '/v1/webhooks/deliveries/resend', body: { ids: owner.recordIds, userId: owner.userId }, outcome: 400 },
  ],
  'GET /v1/webhooks/deliveries': ({ owner }) =>
    [
      '',
      '?limit=100',
      '?limit=1',
      '?status=success',
      '?status=failed',
      `?event=${EVENT}`,
      `?since=${LONG_AGO}&limit=100`,
      `?until=${new Date(Date.now() + 60_000).toISOString()}`,
      `?webhookId=${owner.webhookId}`,
      `?webhookId=${owner.disabledWebhookId}`,
      `?webhookId=${owner.webhookId}&status=success&limit=100`,
      `?extractionId=${owner.extractionId}`,
      `?extractionId=${owner.extractionId}&webhookId=${owner.webhookId}`,
      `?cursor=${owner.cursor}`,
      `?cursor=${owner.cursor}&webhookId=${owner.webhookId}`,
      `?cursor=${owner.cursor}&limit=1`,
    ]
      .map((query) => ask(`/v1/webhooks/deliveries${query}`))
      .concat(
        [`?eventId=${owner.eventId}`, `?webhookId=${owner.webhookId}&webhookId=x`].map((query) =>
          ask(`/v1/webhooks/deliveries${query}`, 400),
        ),
        [`?userId=${owner.userId}`, `?webhookId=${owner.webhookId}&userId=${owner.userId}`].map((query) =>
          ask(`/v1/webhooks/deliveries${query}`, 403),
        ),
        impersonationsOf(owner).map((headers) => ({
          path: '/v1/webhooks/deliveries?limit=100',
          headers,
          outcome: 'nothing' as const,
        })),
      ),
  'GET /v1/webhooks/deliveries/{id}': ({ owner }) => [
    ...owner.recordIds.map((id) => ask(`/v1/webhooks/deliveries/${id}`, 403)),
    ...[owner.deliveryId, owner.eventId, owner.webhookId, owner.recoveryId].map((id) =>
      ask(`/v1/webhooks/deliveries/${id}`, 404),
    ),
  ],
  'POST /v1/webhooks/deliveries/{id}/resend': ({ owner }) => [
    ...owner.recordIds.map((id) => ask(`/v1/webhooks/deliveries/${id}/resend`, 403)),
    ...[owner.deliveryId, owner.eventId].map((id) => ask(`/v1/webhooks/deliveries/${id}/resend`, 404)),
  ],
  'POST /v1/events': ({ owner, stranger }) => [
    { path: '/v1/events', body: { ...eventOf(stranger), userId: owner.userId }, outcome: 403 },
    {
      path: '/v1/events',
      body: { ...eventOf(stranger), userId: owner.userId },
      headers: owner.idempotency,
      outcome: 403,
    },
    // Idempotency keys belong to the publisher. The answer to another publisher's request, and its existence, stay
    // secret.
    { path: '/v1/events', body: eventOf(stranger), headers: owner.idempotency, publishes: true, outcome: 'nothing' },
    { path: '/v1/events', body: { ...eventOf(stranger), id: owner.eventId }, publishes: true, outcome: 400 },
    { path: '/v1/events', body: { ...eventOf(stranger), webhookId: owner.webhookId }, publishes: true, outcome: 400 },
    {
      path: '/v1/events',
      body: { ...eventOf(stranger), data: { id: owner.extractionId } },
      publishes: true,
      outcome: 400,
    },
  ],
  'POST /v1/events/batch': ({ owner, stranger }) => [
    { path: '/v1/events/batch', body: { events: [{ ...eventOf(stranger), userId: owner.userId }] }, outcome: 403 },
    {
      path: '/v1/events/batch',
      body: { events: [eventOf(stranger)] },
      headers: owner.batchIdempotency,
      publishes: true,
      outcome: 'nothing',
    },
    {
      path: '/v1/events/batch',
      body: { events: [eventOf(stranger)], userId: owner.userId },
      publishes: true,
      outcome: 400,
    },
  ],
  'GET /v1/events/stream': ({ owner }) => [
    { path: '/v1/events/stream', headers: { 'last-event-id': owner.eventId }, outcome: 400 },
    ask(`/v1/events/stream?userId=${owner.userId}`, 400),
  ],
  'GET /v1/events/{id}': ({ owner }) => [
    ask(`/v1/events/${owner.eventId}`, 403),
    ask(`/v1/events/${owner.eventId.toUpperCase()}`, 403),
    ...[owner.deliveryId, owner.recordIds[0], owner.webhookId].map((id) => ask(`/v1/events/${id}`, 404)),
  ],
  'GET /v1/event-types': () => [ask('/v1/event-types')],
  'POST /v1/api-keys': ({ owner }) =>
    [{ id: owner.keyId }, { key: owner.key }, { revoked: false }, { keyHash: 'x' }]
      .map((extra): ForeignRequest => ({
        path: '/v1/api-keys',
        body: { name: 'x', expiresIn: '30d', ...extra },
        outcome: 400,
      }))
      .concat(
        [{ userId: owner.userId }, { scopes: ['events:publish'] }, { scopes: ['webhooks', 'admin'] }].map((extra) => ({
          path: '/v1/api-keys',
          body: { name: 'x', expiresIn: '30d', ...extra },
          outcome: 403,
        })),
      ),
  'GET /v1/api-keys': ({ owner }) => [
    ask('/v1/api-keys'),
    ask(`/v1/api-keys?userId=${owner.userId}`, 403),
    ask(`/v1/api-keys?id=${owner.keyId}`, 400),
    ...impersonationsOf(owner).map((headers) => ({ path: '/v1/api-keys', headers, outcome: 'nothing' as const })),
  ],
  'DELETE /v1/api-keys/{id}': ({ owner }) => [
    ask(`/v1/api-keys/${owner.keyId}`, 403),
    ask(`/v1/api-keys/${owner.keyId.toUpperCase()}`, 403),
    ask(`/v1/api-keys/${owner.key}`, 404),
  ],
  'GET /health': () => [ask('/health')],
  'GET /health/ready': () => [ask('/health/ready')],
  'GET /metrics': () => [ask('/metrics')],
};
