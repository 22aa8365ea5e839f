import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { uuidV7 } from '../../../src/common/ids.js';
import { PrismaService } from '../../../src/database/prisma.service.js';
import { backlogStatement } from '../../../src/metrics/figures.repository.js';
import { claimStatement } from '../../../src/queue/claim.statement.js';
import { enqueueing } from '../../../src/queue/enqueue.statement.js';
import { FIRST_WEBHOOK, type LeaseRequest } from '../../../src/queue/outbox.js';
import { settleStatement } from '../../../src/queue/settle.statement.js';
import { startApp, type TestApp } from '../../support/app.js';

const lease: LeaseRequest = { demand: new Map(), defaultDemand: 10, leaseMs: 20_000, leaseToken: randomUUID() };
const claim = { ...lease, limit: 100, maxBytes: 1_000_000 };

function enqueue(options: { lease?: LeaseRequest }) {
  const event = { id: uuidV7(Date.now()), type: 'extraction.completed', userId: 'uid', extractionId: 'extract' };
  return enqueueing([{ events: [{ ...event, payload: '{}', occurredAt: new Date(), traceparent: null }] }], options)
    .statement;
}

/**
 * PostgreSQL keeps the plans of the service's statements, which are made while its tables are small. A plan with a
 * sequential scan would stay in use until the next ANALYZE of the tables.
 */
describe('Plans of the queue that are made while its tables are small', () => {
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
    ['measures the backlog', backlogStatement(FIRST_WEBHOOK, { due: 0, retrying: 0, paused: 0 })],
  ])('use an index for each row when a statement %s', async (_what, { text, values }) => {
    const plan = await service.app.get(PrismaService).$transaction(async (tx) => {
      await tx.$executeRawUnsafe('SET LOCAL plan_cache_mode = force_generic_plan');
      await tx.$executeRawUnsafe(`PREPARE kept AS ${text}`);
      const nothing = values.map(() => 'NULL').join();
      const rows = await tx.$queryRawUnsafe<{ 'QUERY PLAN': string }[]>(`EXPLAIN EXECUTE kept(${nothing})`);
      await tx.$executeRawUnsafe('DEALLOCATE kept');
      return rows.map((row) => row['QUERY PLAN']);
    });
    expect(plan.filter((line) => line.includes('Index'))).not.toEqual([]);
    expect(plan.filter((line) => line.includes('Seq Scan'))).toEqual([]);
  });
});
