import { randomInt } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { DispatchEngine } from '../../test/support/dispatch-engine.js';
import { Random } from '../../test/support/random.js';

Logger.overrideLogger(false);

const STEPS = 120;
/** A failure prints its seed. `DISPATCH_SEED` repeats it, and `DISPATCH_RUNS` sets the number of seeds. */
const FIRST_SEED = Number(process.env.DISPATCH_SEED ?? randomInt(2 ** 31));
const RUNS = Number(process.env.DISPATCH_RUNS ?? (process.env.DISPATCH_SEED ? 1 : 40));

/** Runs with many seeds, and names the seed that failed. */
async function withSeeds(run: (engine: DispatchEngine) => Promise<void>): Promise<void> {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed += 1) {
    const engine = new DispatchEngine(new Random(seed));
    try {
      await engine.start();
      for (let step = 0; step < STEPS; step += 1) await engine.act();
      await run(engine);
    } catch (error) {
      throw new Error(`DISPATCH_SEED=${seed}: ${(error as Error).message}`, { cause: error });
    } finally {
      engine.jobs.beforeApplicationShutdown();
      jest.clearAllTimers();
    }
  }
}

const ZERO = { count: 0, bytes: 0 };
const NOTHING = { unsettled: 0, buffered: { claim: ZERO, 'fast-path': ZERO }, sizes: [0, 0, 0, 0] };

describe('Dispatch', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  it('sends every delivery, none after a deletion, and counts to zero, with events in any order', async () => {
    let sent = 0;
    await withSeeds(async (engine) => {
      const { webhooks } = engine.model;
      await engine.endAll();
      for (const webhook of webhooks) if (!webhook.deleted && !webhook.active) engine.switch(webhook);
      for (let second = 0; second < 40; second += 1) {
        await engine.pass(1_000);
        await engine.endAll();
      }
      sent += engine.sent;
      const left = webhooks.filter(({ deleted }) => !deleted).flatMap((webhook) => engine.model.pending(webhook));
      expect(left).toEqual([]);
      expect(engine.counts).toEqual({ ...NOTHING, due: 0 });
    });
    expect(sent).toBeGreaterThan(0);
  });

  it('starts nothing when it was stopped, releases every lease, and counts to zero', async () => {
    await withSeeds(async (engine) => {
      const { sent } = engine;
      const stopped = jest.fn();
      void engine.service.beforeApplicationShutdown().then(stopped);
      // The stop has several steps: it waits for leases, releases and attempts.
      for (let round = 0; round < 5; round += 1) {
        await engine.flush();
        await engine.endAll();
      }
      expect(stopped).toHaveBeenCalledTimes(1);
      expect(engine.sent).toBe(sent);
      expect(engine.model.deliveries.filter(({ leaseToken }) => leaseToken !== null)).toEqual([]);
      expect(engine.counts).toMatchObject(NOTHING);
    });
  });
});
