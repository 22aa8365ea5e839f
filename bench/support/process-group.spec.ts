import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { ProcessGroup, secondsBetween, type GroupTimes } from './process-group.js';

function times(samples: Record<number, { parent: number; seconds: number }>): GroupTimes {
  return new Map(Object.entries(samples).map(([pid, sample]) => [Number(pid), sample]));
}

describe('secondsBetween', () => {
  it('adds the time of processes that began meanwhile', () => {
    const before = times({ 1: { parent: 0, seconds: 10 } });
    expect(secondsBetween(before, times({ 1: { parent: 0, seconds: 12 }, 2: { parent: 1, seconds: 3 } }))).toBe(5);
  });

  it('counts the time of a process once when it has ended and its parent has it', () => {
    const before = times({ 1: { parent: 0, seconds: 10 }, 2: { parent: 1, seconds: 4 } });
    // The child has ended after one more second: its five seconds are its parent's now.
    expect(secondsBetween(before, times({ 1: { parent: 0, seconds: 15 } }))).toBe(1);
  });

  it('ignores a process that has ended when its parent is not in the group', () => {
    const before = times({ 1: { parent: 0, seconds: 10 }, 2: { parent: 7, seconds: 4 } });
    expect(secondsBetween(before, times({ 1: { parent: 0, seconds: 11 } }))).toBe(1);
  });
});

describe('ProcessGroup', () => {
  it('finds processes by their command line and measures them', async () => {
    const mark = `mark-${process.pid}-${Date.now()}`;
    const child = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => undefined, 1000)', mark]);
    try {
      await once(child.stdout, 'data');
      const group = ProcessGroup.matching([new RegExp(mark)]);
      expect([...(await group.times()).keys()]).toEqual([child.pid]);
      expect(await group.memory()).toBeGreaterThan(5);
      expect(await ProcessGroup.unmatched([new RegExp(mark), /no-such-process/])).toEqual([/no-such-process/]);
    } finally {
      child.kill('SIGKILL');
      await once(child, 'close');
    }
  });
});
