import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

jest.setTimeout(60_000);

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

describe('The check of the migrations', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'docmap-test-schema-'));
  });

  afterEach(async () => {
    await rm(directory, { recursive: true, force: true });
  });

  it('passes while the migrations make what the schema describes', async () => {
    expect(await check()).toEqual({
      code: 0,
      stdout: 'prisma/schema.prisma and prisma/migrations agree.\n',
      stderr: '',
    });
  });

  it('fails when the schema has a column more, and shows the SQL that adds it', async () => {
    const schema = await readFile(join(PROJECT, 'prisma/schema.prisma'), 'utf8');
    const changed = schema.replace('model Webhook {', 'model Webhook {\n  colour String?');
    expect(changed).not.toBe(schema);
    const path = join(directory, 'schema.prisma');
    await writeFile(path, changed);

    const { code, stdout, stderr } = await check(path);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/ALTER TABLE "webhooks" ADD COLUMN +"colour" TEXT;/);
  });
});

/** Runs the script as `npm run check:migrations` does. */
function check(...schema: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['--import', 'tsx', 'scripts/migrations.ts', 'check', ...schema],
      { cwd: PROJECT, env: { PATH: process.env.PATH } },
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}
