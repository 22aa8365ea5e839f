import { describe, expect, it } from '@jest/globals';
import { retryConflicts } from './retry-conflicts.js';

/** A transaction that fails with these codes, one after the other, and then succeeds. */
function failing(...codes: string[]) {
  const state = { calls: 0 };
  const run = async (): Promise<string> => {
    const code = codes[state.calls++];
    if (code !== undefined) throw Object.assign(new Error(code), { code });
    return 'done';
  };
  return { state, run };
}

describe('A transaction', () => {
  it('is repeated after conflicts', async () => {
    const { state, run } = failing('40001', '40P01', '40001');
    expect(await retryConflicts(run)).toBe('done');
    expect(state.calls).toBe(4);
  });

  it('is given up after four conflicts in a row', async () => {
    const { state, run } = failing('40001', '40001', '40001', '40001', '40001');
    await expect(retryConflicts(run)).rejects.toMatchObject({ code: '40001' });
    expect(state.calls).toBe(4);
  });

  // It may have been committed before the connection broke.
  it.each(['08006', 'ECONNRESET', '57014', '55P03', '23505'])('is not repeated after %s', async (code) => {
    const { state, run } = failing(code);
    await expect(retryConflicts(run)).rejects.toMatchObject({ code });
    expect(state.calls).toBe(1);
  });
});
