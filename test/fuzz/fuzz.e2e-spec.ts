import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import * as fc from 'fast-check';
import { describeOnServer } from '../process/support/kinds.js';
import { ApiClient } from '../support/api-client.js';
import { isLong } from '../support/run-length.js';
import { ApiDocument, type OpenApi } from './support/api-document.js';
import { Fuzz } from './support/fuzz.js';
import { Pool } from './support/pool.js';
import { Tally } from './support/tally.js';
import { Wire } from './support/wire.js';
import { World } from './support/world.js';

const DOCUMENT = new ApiDocument(
  JSON.parse(readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8')) as OpenApi,
);
/** Ends only a test that hangs. */
const TIMEOUT_MS = 1_800_000;
const RUNS = Number(process.env.FUZZ_RUNS ?? (isLong ? 20_000 : 500));
const MORE_RUNS = 300;
/** Each of some thirty operations must be accepted and refused once. */
const MOST_MORE = 10;
const LIMITED_RUNS = 100;
/** The global set-up of the tests chooses a seed. */
const SEED = Number(process.env.FUZZ_SEED);
const LEVEL_ERROR = 50;

jest.setTimeout(TIMEOUT_MS);

/** Sends random requests until an answer is wrong, and returns the smallest form of that request. */
async function failureOf(fuzz: Fuzz, numRuns: number, seed = SEED): Promise<string | undefined> {
  const outcome = await fc.check(
    fc.asyncProperty(fuzz.cases(), (tried) => fuzz.run(tried)),
    { numRuns, seed },
  );
  if (!outcome.failed) return undefined;
  const { numRuns: run, errorInstance } = outcome;
  return `FUZZ_SEED=${seed} FUZZ_RUNS=${numRuns}, run ${run}: ${String((errorInstance as Error | null)?.message)}`;
}

describeOnServer('For any sequence of requests, the service', () => {
  const tally = new Tally();
  let world: World;
  let wire: Wire;
  let failure: string | undefined;
  let rowsBefore: unknown[];

  beforeAll(async () => {
    world = await World.start();
    wire = new Wire(world.server.url);
    const bystander = await world.bystander();
    const pool = new Pool(DOCUMENT, new Set([bystander.userId]));
    for (const user of [bystander, ...world.callers.slice(0, 1)]) {
      for (const [name, body] of await world.furnish(user)) {
        const [success] = Object.values(DOCUMENT.operations.find((one) => one.name === name)?.responses ?? {});
        pool.feed(user.userId, body, success?.content?.['application/json']?.schema ?? {});
      }
    }
    rowsBefore = await world.bystanderRows();
    const fuzz = new Fuzz(DOCUMENT, world, wire, pool, tally);
    failure = await failureOf(fuzz, RUNS);
    // The resource that an operation needs to succeed may have been missing by chance.
    for (let more = 0; more < MOST_MORE && !failure && tally.untested(DOCUMENT.operations).length > 0; more += 1) {
      failure = await failureOf(fuzz, MORE_RUNS, SEED + 1 + more);
    }
    if (isLong) process.stdout.write(`seed ${SEED}\n${tally.lines(DOCUMENT.operations.length)}`);
  });

  afterAll(async () => {
    wire?.close();
    await world?.end();
  });

  it('answers with documented statuses and forms, and never with a 5xx', () => {
    expect(failure).toBeUndefined();
  });

  it('accepts some requests and refuses some of every operation', () => {
    expect(tally.untested(DOCUMENT.operations)).toEqual([]);
  });

  it('keeps running, and logs no error', async () => {
    const health = await wire.send({ method: 'GET', target: '/health/ready', headers: [], body: undefined });
    expect(health.status).toBe(200);
    expect(world.server.output.filter(isError)).toEqual([]);
  });

  it('keeps the limit of ten active webhooks and keys', async () => {
    const { webhooks, keys } = await world.mostActive();
    expect(webhooks).toBeGreaterThan(0);
    expect(webhooks).toBeLessThanOrEqual(10);
    expect(keys).toBeLessThanOrEqual(10);
  });

  it('leaves the data of another user unchanged', async () => {
    expect(rowsBefore.length).toBeGreaterThan(4);
    expect(await world.bystanderRows()).toEqual(rowsBefore);
  });

  it('queues no event for the webhook of another user', async () => {
    expect(await world.mixedUp()).toBe(0);
  });

  it('connects to this machine only', async () => {
    const hosts = await world.dialled();
    expect(hosts).toContain('127.0.0.1');
    expect(hosts.filter((host) => !host.startsWith('127.') && host !== '[::1]')).toEqual([]);
  });

  it('stores every resource that it reports as created', async () => {
    for (const { key } of world.callers.slice(0, 3)) {
      const api = new ApiClient(world.server.url, key);
      const { body } = await api.get('/v1/webhooks?active=all');
      for (const { id, url, createdAt } of body.data) {
        expect((await api.get(`/v1/webhooks/${id}`)).body.data).toMatchObject({ id, url, createdAt });
      }
      const { body: log } = await api.get('/v1/webhooks/deliveries?limit=10');
      for (const record of log.data) {
        expect((await api.get(`/v1/webhooks/deliveries/${record.id}`)).body.data).toMatchObject(record);
      }
    }
  });
});

describeOnServer('With limits, the service', () => {
  it('refuses in the documented form, also over the limit', async () => {
    const tally = new Tally();
    const world = await World.start({ RATE_LIMIT_PER_MINUTE: '10', PUBLISH_RATE_LIMIT_PER_MINUTE: '2' });
    const wire = new Wire(world.server.url);
    try {
      const fuzz = new Fuzz(DOCUMENT, world, wire, new Pool(DOCUMENT, new Set()), tally);
      expect(await failureOf(fuzz, LIMITED_RUNS)).toBeUndefined();
      const limited = DOCUMENT.operations.filter(({ name }) => tally.of(name).refused.has(429));
      expect(limited.length).toBeGreaterThan(1);
    } finally {
      wire.close();
      await world.end();
    }
  });
});

function isError(line: string): boolean {
  try {
    return Number((JSON.parse(line) as { level?: unknown }).level) >= LEVEL_ERROR;
  } catch {
    return true;
  }
}
