import { existsSync } from 'node:fs';
import { afterEach, expect, it, jest } from '@jest/globals';
import { NODE_OPTIONS } from '../../scripts/node-options.mjs';
import { startServerProcess } from '../support/server-process.js';
import type { TestDatabase } from '../support/database.js';
import { describeOnServer } from './support/kinds.js';
import { openSession } from './support/session.js';
import { Stage } from './support/stage.js';

jest.setTimeout(60_000);

/** The stack in the log after an error of the database that nothing expects. */
async function loggedStack(database: TestDatabase, execArgv: string[]): Promise<string> {
  const server = await startServerProcess({ database, execArgv });
  const session = await openSession(database.env.DATABASE_URL!);
  await session.script('ALTER TABLE events RENAME TO away');
  expect((await server.api.get('/v1/events/01948432-9d6b-7a10-9b2c-3d4e5f607182')).status).toBe(500);
  await session.script('ALTER TABLE away RENAME TO events');
  await session.close();
  await server.kill('SIGTERM');
  const line = server.output.find((text) => text.includes('"context":"Errors"'));
  return (JSON.parse(line!) as { err: { stack: string } }).err.stack;
}

describeOnServer('The log', () => {
  const stage = new Stage();

  afterEach(() => stage.clear());

  it('has stacks that lead into the sources, with the options of npm start', async () => {
    const database = await stage.database('server');
    const stack = await loggedStack(database, [...NODE_OPTIONS]);
    const files = [...stack.matchAll(/(\/[^()\s]*\/src\/events\/[\w.-]+\.ts):\d+:\d+/g)].map(([, file]) => file!);
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter((file) => !existsSync(file))).toEqual([]);
  });
});
