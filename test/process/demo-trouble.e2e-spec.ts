import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { describe, expect, it, jest } from '@jest/globals';

jest.setTimeout(90_000);

const TSX = createRequire(import.meta.url).resolve('tsx/cli');

function demo(...flags: string[]): Promise<{ code: number; output: string; seconds: number }> {
  const began = performance.now();
  return new Promise((resolve) => {
    execFile(process.execPath, [TSX, 'demo/demo.ts', ...flags], { timeout: 80_000 }, (error, stdout, stderr) => {
      const seconds = (performance.now() - began) / 1_000;
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), output: stdout + stderr, seconds });
    });
  });
}

describe('npm run demo -- --trouble', () => {
  it('tells of a receiver from its failure to its recovery, and ends within a minute', async () => {
    const { code, output, seconds } = await demo('--trouble');
    expect(output).toContain('Every step succeeded');
    expect(code).toBe(0);
    expect(seconds).toBeLessThan(60);
    for (const part of [
      'the owner is told at the third failed delivery',
      'the webhook is paused: a new event is stored, and waits',
      'the owner is told that the webhook is disabled',
      'it is active again',
      '"dryRun":true',
      'the receiver has every event',
    ]) {
      expect(output).toContain(part);
    }
  });

  it('refuses an unknown flag', async () => {
    const { code, output } = await demo('--troubel');
    expect([code, output]).toEqual([2, 'Usage: npm run demo [-- --trouble]\n']);
  });
});
