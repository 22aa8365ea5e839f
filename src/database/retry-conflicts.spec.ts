import { describe, expect, it } from '@jest/globals';
import { retryConflicts } from './retry-conflicts.js';

/** A transaction that fails with each of these codes in turn and then succeeds. */
function failing(...codes: string[]) {
  const state = { calls: 0 };
  const run = async (): Promise<string> => {
    const code = codes[state.calls++];
    if (code !== undefined) throw Object.assign(new Error(code), { code });
    return 'done';
  };
  return { state, run };
}

describe('retryConflicts', () => {
  it('repeats a transaction after conflicts', async () => {
    const { state, run } = failing('40001', '40P01', '40001');
    expect(await retryConflicts(run)).toBe('done');
    expect(state.calls).toBe(4);
  });

  it('gives up after four conflicts in a row', async () => {
    const { state, run } = failing('40001', '40001', '40001', '40001', '40001');
    await expect(retryConflicts(run)).rejects.toMatchObject({ code: '40001' });
    expect(state.calls).toBe(4);
  });

  // The transaction may have been committed before the connection failed.
  it.each(['08006', 'ECONNRESET', '57014', '55P03', '23505'])(
    'does not repeat a transaction after %s',
    async (code) => {
      const { state, run } = failing(code);
      await expect(retryConflicts(run)).rejects.toMatchObject({ code });
      expect(state.calls).toBe(1);
    },
  );
});
