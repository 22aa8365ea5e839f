import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, jest } from '@jest/globals';
import { describeOnCluster } from './support/kinds.js';
import { runScript } from './support/run-script.js';

jest.setTimeout(300_000);

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Bounds of speed that any machine reaches: the test is about losses and restarts. */
const LENIENT = ['--rate', '20', '--max-lag-ms', '60000', '--max-rss-mb', '1000'];

describeOnCluster('soak', () => {
  it('restarts the service and the database under load, loses nothing and draws a plot', async () => {
    const { code, stdout, stderr } = await runScript('bench/soak/main.ts', ['--minutes', '0.5', ...LENIENT], {});
    expect({ code, output: code === 0 ? '' : `${stdout}${stderr}` }).toEqual({ code: 0, output: '' });
    expect(stderr).toMatch(/restart of the service: \d+ ms\n/);
    expect(stderr).toMatch(/restart of PostgreSQL: \d+ ms\n/);
    expect(stdout).toMatch(/ok +accepted events that did not arrive, of [1-9]\d\d: 0 \(≤ 0\)/);
    expect(stdout).toMatch(/recorded attempts at the receiver that hangs [1-9]/);
    const svg = await plotOf(stdout);
    expect(svg).toMatch(/^<svg [^]*restart of PostgreSQL[^]*<\/svg>\n$/);
    expect(svg).not.toContain('NaN');
  });

  it('ends with 1 when a bound is violated', async () => {
    const args = ['--minutes', '0.25', ...LENIENT, '--max-rss-mb', '1'];
    const { code, stdout } = await runScript('bench/soak/main.ts', args, {});
    expect(stdout).toMatch(/VIOLATED +resident memory: \d+ MB \(≤ 1 MB\)/);
    expect(code).toBe(1);
    await plotOf(stdout);
  });
});

/** The text of the plot. Its file, and that of the log, are removed. */
async function plotOf(stdout: string): Promise<string> {
  const [, path = ''] = /^Plot: (\S+)$/m.exec(stdout) ?? [];
  const file = join(ROOT, path);
  const svg = await readFile(file, 'utf8');
  await rm(file);
  await rm(file.replace(/svg$/, 'log'));
  return svg;
}
