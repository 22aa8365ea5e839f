import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import type { Receiver } from '../support/receiver.js';
import { expectWholeFlow } from './support/flow.js';
import { describeOnServer } from './support/kinds.js';
import { OwnDatabase } from './support/own-database.js';
import { Stage } from './support/stage.js';

jest.setTimeout(60_000);

describeOnServer('On a database with settings of its own, the service', () => {
  const stage = new Stage();
  let database: OwnDatabase;
  let receiver: Receiver;

  beforeEach(async () => {
    database = await OwnDatabase.create();
    receiver = await stage.receiver();
    stage.keep(database);
  });

  afterEach(() => stage.clear());

  it('works with the German DateStyle, also at its second start', async () => {
    await database.sql(`ALTER DATABASE ${database.name} SET DateStyle = 'German, DMY'`);
    const first = await stage.start(database);
    await expectWholeFlow(first, receiver);
    await first.kill('SIGTERM');
    await expectWholeFlow(await stage.start(database), receiver);
  });

  it('works when every setting that changes the form of values is unusual', async () => {
    const settings = {
      DateStyle: 'SQL, MDY',
      TimeZone: 'Asia/Seoul',
      IntervalStyle: 'sql_standard',
      extra_float_digits: '-15',
      standard_conforming_strings: 'off',
      client_encoding: 'LATIN1',
    };
    for (const [name, value] of Object.entries(settings)) {
      await database.sql(`ALTER DATABASE ${database.name} SET ${name} = '${value}'`);
    }
    await expectWholeFlow(await stage.start(database), receiver);
  });

  it('stores and shows times in UTC when the URL has options of its own, and passes them on', async () => {
    const options = encodeURIComponent('-c TimeZone=Asia/Seoul -c DateStyle=SQL');
    const server = await stage.start(database, { DATABASE_URL: `${database.url}?options=${options}` });
    await server.api.createWebhook(receiver.url);
    const [row] = await database.sql<{ age: number }>(
      `SELECT abs(extract(epoch FROM now() AT TIME ZONE 'UTC' - created_at))::int AS age FROM webhooks`,
    );
    expect(row?.age).toBeLessThan(60);
    await expectWholeFlow(server, receiver);
    const { output } = await stage.startInVain(database, {
      DATABASE_URL: `${database.url}?options=-c%20no_such_setting%3D1`,
    });
    expect(output).toEqual([expect.stringContaining('unrecognized configuration parameter "no_such_setting"')]);
  });
});
