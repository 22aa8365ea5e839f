import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it, jest } from '@jest/globals';
import { ApiClient } from '../support/api-client.js';
import type { TestDatabase } from '../support/database.js';
import { describeOnServer } from './support/kinds.js';
import { openSession } from './support/session.js';
import { Stage } from './support/stage.js';

jest.setTimeout(120_000);

describeOnServer('The first API key of a new database on a server', () => {
  const stage = new Stage();

  afterEach(() => stage.clear());

  it('is one, and the one in the file, when several processes start at the same time', async () => {
    const database = await stage.database('server');
    const env = { BOOTSTRAP_API_KEY: '' };
    const servers = await Promise.all(Array.from({ length: 4 }, () => stage.start(database, env)));
    expect(await keysOf(database)).toHaveLength(1);
    const key = (await readFile(join(database.env.DATA_DIR ?? '', 'first-api-key'), 'utf8')).trim();
    for (const { url } of servers) expect((await new ApiClient(url, key).get('/v1/webhooks')).status).toBe(200);
    const announced = servers.flatMap(({ output }) => output.filter((line) => line.includes('No API key existed')));
    expect(announced).toHaveLength(1);
  });

  it('is not made by a process that only dispatches', async () => {
    const database = await stage.database('server');
    await stage.start(database, { BOOTSTRAP_API_KEY: '', ROLE: 'dispatcher' });
    expect(await keysOf(database)).toEqual([]);
    await stage.start(database, { BOOTSTRAP_API_KEY: '', ROLE: 'api' });
    expect(await keysOf(database)).toHaveLength(1);
  });
});

async function keysOf({ env }: TestDatabase): Promise<unknown[]> {
  const session = await openSession(env.DATABASE_URL ?? '');
  try {
    return await session.query('SELECT name FROM api_keys');
  } finally {
    await session.close();
  }
}
