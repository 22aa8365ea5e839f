import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  clearBootstrapKeysStatement,
  deleteAttemptsStatement,
  deleteDeliveriesStatement,
  deleteEventsStatement,
  deleteIdempotencyKeysStatement,
  deleteKeysStatement,
  deleteRecoveriesStatement,
  deleteWebhooksStatement,
  nextStatement,
  revokeKeysStatement,
} from '../../../src/admin/erasure.statement.js';
import { uuidV7 } from '../../../src/common/ids.js';
import { PrismaService } from '../../../src/database/prisma.service.js';
import { backlogStatement } from '../../../src/metrics/figures.repository.js';
import { pendingStatement, type PendingRange } from '../../../src/queue/backlog.statement.js';
import { cancelBacklogStatement } from '../../../src/queue/cancel.statement.js';
import { claimStatement } from '../../../src/queue/claim.statement.js';
import { enqueueing } from '../../../src/queue/enqueue.statement.js';
import { orderPendingStatement } from '../../../src/queue/order-pending.statement.js';
import { FIRST_WEBHOOK } from '../../../src/queue/claim-limits.js';
import type { LeaseRequest } from '../../../src/queue/outbox.types.js';
import { releaseStatement } from '../../../src/queue/release.statement.js';
import { requeueStatement } from '../../../src/queue/requeue.statement.js';
import { sendNowStatement } from '../../../src/queue/send-now.statement.js';
import { settleStatement } from '../../../src/queue/settle.statement.js';
import { startApp, type TestApp } from '../../support/app.js';

const lease: LeaseRequest = { demand: new Map(), defaultDemand: 10, leaseMs: 20_000, leaseToken: randomUUID() };
const range: PendingRange = { step: 0, after: undefined, limit: 100 };
const claim = { ...lease, limit: 100, maxBytes: 1_000_000 };

function enqueue(options: { lease?: LeaseRequest }) {
  const event = { id: uuidV7(Date.now()), type: 'extraction.completed', userId: 'uid', extractionId: 'extract' };
  return enqueueing([{ events: [{ ...event, payload: '{}', occurredAt: new Date(), traceparent: null }] }], options)
    .statement;
}

/** Pending deliveries of one webhook, in order by extraction. */
const BACKLOG = `
  INSERT INTO deliveries (id, event_id, webhook_id, trigger, next_attempt_at, ordering_key, ordered_at)
  SELECT gen_random_uuid(), gen_random_uuid(), '${randomUUID()}', 'event', now(), 'extract-' || number % 1000, now()
  FROM generate_series(1, 10000) AS number`;

/** Ends a transaction without its changes. */
class RolledBack extends Error {}

/**
 * PostgreSQL keeps the plans of the service's statements, which are made while its tables are small. A plan with a
 * sequential scan would stay in use until the next ANALYZE of the tables. Plans of a table that has grown, but has no
 * statistics yet, are different ones.
 */
describe.each([
  ['while the tables are small', ''],
  ['after a backlog, before the first ANALYZE', BACKLOG],
])('Plans that are made %s', (_when, backlog) => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startApp();
  });

  afterAll(() => service.close());

  it.each([
    ['stores events', enqueue({})],
    ['stores events under a lease', enqueue({ lease })],
    ['claims for webhooks', claimStatement({ ...claim, from: { webhooks: [randomUUID()] } })],
    ['claims on a scan', claimStatement({ ...claim, from: { cursor: randomUUID() } })],
    ['records attempts', settleStatement([])],
    ['revokes the keys of a user', revokeKeysStatement('uid')],
    ['removes the keys of a user', deleteKeysStatement('uid')],
    ['clears the bootstrap keys of a user', clearBootstrapKeysStatement('uid')],
    ['removes the webhooks of a user', deleteWebhooksStatement('uid')],
    ['removes the recoveries of a user', deleteRecoveriesStatement('uid')],
    ['finds the events of a user', nextStatement.events('uid', randomUUID())],
    ['finds the attempts of a user', nextStatement.delivery_attempts('uid', randomUUID())],
    ['finds the idempotency keys of a user', nextStatement.idempotency_keys('uid', '')],
    ['removes the deliveries of events', deleteDeliveriesStatement([randomUUID()])],
    ['removes events', deleteEventsStatement([randomUUID()])],
    ['removes attempts', deleteAttemptsStatement([randomUUID()])],
    ['removes idempotency keys', deleteIdempotencyKeysStatement('uid', ['key'])],
    ['gives leases back', releaseStatement([])],
    ['queues deliveries again', requeueStatement([], 'resend')],
    ['cancels a part of a backlog', cancelBacklogStatement(randomUUID(), {}, range)],
    ['sends a part of a backlog now', sendNowStatement(randomUUID(), range)],
    ['lists a backlog', pendingStatement(randomUUID(), undefined, 100)],
    ['orders the pending deliveries of a webhook', orderPendingStatement(randomUUID(), 100)],
    ['measures the backlog', backlogStatement(FIRST_WEBHOOK, { due: 0, retrying: 0, paused: 0 })],
  ])('use an index for each row when a statement %s', async (_what, { text, values }) => {
    let plan: string[] = [];
    const explaining = service.app.get(PrismaService).$transaction(async (tx) => {
      if (backlog !== '') await tx.$executeRawUnsafe(backlog);
      await tx.$executeRawUnsafe('SET LOCAL plan_cache_mode = force_generic_plan');
      await tx.$executeRawUnsafe(`PREPARE kept AS ${text}`);
      const nothing = values.map(() => 'NULL').join();
      const rows = await tx.$queryRawUnsafe<{ 'QUERY PLAN': string }[]>(`EXPLAIN EXECUTE kept(${nothing})`);
      await tx.$executeRawUnsafe('DEALLOCATE kept');
      plan = rows.map((row) => row['QUERY PLAN']);
      throw new RolledBack();
    });
    await expect(explaining).rejects.toThrow(RolledBack);
    expect(plan.filter((line) => line.includes('Index'))).not.toEqual([]);
    expect(plan.filter((line) => line.includes('Seq Scan'))).toEqual([]);
    // A filter by event means that the rows of other events are read first: all pending deliveries of a webhook, for each row.
    expect(plan.filter((line) => /Filter: .*event_id = /.test(line))).toEqual([]);
    expect(plan.filter((line) => /deliveries_pending_idx on deliveries in_order/.test(line))).toEqual([]);
  });
});
