import { describe, expect, it, jest } from '@jest/globals';
import { ServiceEmitter } from '../runtime/service-emitter.js';
import { Logger } from '@nestjs/common';
import type { SettleResult, SettledAttempt } from '../queue/outbox.types.js';
import type { OutboxService } from '../queue/outbox.service.js';
import { AttemptsSettledEvent } from './attempts-settled.event.js';
import { Completer } from './completer.js';

Logger.overrideLogger(false);

const DONE: SettleResult = { refused: new Set(), stopped: [] };

/** An outbox that settles with `settle`, and keeps the ids of each batch. */
function completerOn(settle: (ids: string[], call: number) => string | undefined) {
  const batches: string[][] = [];
  const outbox = {
    settle: jest.fn(async (attempts: SettledAttempt[]): Promise<SettleResult> => {
      const ids = attempts.map(({ id }) => id);
      batches.push(ids);
      const code = settle(ids, batches.length);
      if (code !== undefined) throw Object.assign(new Error(code), { code });
      return DONE;
    }),
  };
  return { batches, completer: new Completer(outbox as unknown as OutboxService, new ServiceEmitter()) };
}

/** A completer whose database refuses the attempt `lost`, and the ids that its events name. */
function completerThatLoses(lost: string) {
  const outbox = { settle: async (): Promise<SettleResult> => ({ refused: new Set([lost]), stopped: [] }) };
  const emitter = new ServiceEmitter();
  const told: string[][] = [];
  emitter.listen(AttemptsSettledEvent, ({ attempts }) => told.push(attempts.map(({ id }) => id)));
  return { told, completer: new Completer(outbox as unknown as OutboxService, emitter) };
}

const attempt = (id: string) => ({ id, delivery: { id } }) as unknown as SettledAttempt;

describe('An attempt', () => {
  it('is settled in the end when the database fails for another reason than its values', async () => {
    const codes = ['57014', '40001', '40P01', '55P03', '25P03', '08006', 'ETIMEDOUT', '42P01', 'XX000'];
    await Promise.all(
      codes.map(async (code) => {
        const { batches, completer } = completerOn((_ids, call) => (call <= 2 ? code : undefined));
        await completer.settle(attempt(code));
        expect(batches).toEqual([[code], [code], [code]]);
      }),
    );
  });

  it('is given up when its values are at fault, and other attempts are settled', async () => {
    const { batches, completer } = completerOn((ids) => (ids.includes('bad') ? '22021' : undefined));
    await Promise.all(['a', 'bad', 'b'].map((id) => completer.settle(attempt(id))));
    expect(batches).toEqual([['a', 'bad', 'b'], ['a'], ['bad'], ['b']]);
  });

  it('is settled alone when the reason is unknown, and no longer fails the batches of others', async () => {
    let fails = true;
    const { batches, completer } = completerOn((ids) => (fails && ids.includes('odd') ? 'XX000' : undefined));
    const odd = completer.settle(attempt('odd'));
    await Promise.all(['a', 'b'].map((id) => completer.settle(attempt(id))));
    await completer.settle(attempt('c'));
    expect(batches.slice(-1)).toEqual([['c']]);
    fails = false;
    await odd;
    expect(batches.at(-1)).toEqual(['odd']);
  });

  it('is not told to listeners when its lease was lost', async () => {
    const { told, completer } = completerThatLoses('b');
    await Promise.all(['a', 'b', 'c'].map((id) => completer.settle(attempt(id))));
    await completer.settle(attempt('b'));
    expect(told).toEqual([['a', 'c']]);
  });

  it('is settled in a smaller batch when a batch took too long', async () => {
    const { batches, completer } = completerOn((ids) => (ids.length > 2 ? '57014' : undefined));
    await Promise.all(Array.from({ length: 8 }, (_, index) => completer.settle(attempt(String(index)))));
    expect(batches[0]).toHaveLength(8);
    const settled = batches.filter((ids) => ids.length <= 2).flat();
    expect(settled.sort()).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
  });
});
