import { afterEach, expect, it, jest } from '@jest/globals';
import { eventually } from '../support/api-client.js';
import { describeOnServer } from './support/kinds.js';
import { openSession } from './support/session.js';
import { Stage } from './support/stage.js';

jest.setTimeout(120_000);

describeOnServer('Retention', () => {
  const stage = new Stage();

  afterEach(() => stage.clear());

  it('removes old rows soon after the start, and counts them in the log and in the metrics', async () => {
    const database = await stage.database('server');
    const session = await openSession(database.env.DATABASE_URL ?? '');
    // Ids that begin with zeros are of 1970.
    await session.script(`
      INSERT INTO events (id, type, user_id, extraction_id, payload, occurred_at, delivery_count)
        SELECT lpad(number::text, 32, '0')::uuid, 'extraction.completed', 'uid_old', 'old', '{}', now(), 1
        FROM generate_series(1, 1200) AS number;
      INSERT INTO deliveries (id, event_id, webhook_id, state, trigger)
        SELECT gen_random_uuid(), id, gen_random_uuid(), 'succeeded', 'event' FROM events LIMIT 1100;
      INSERT INTO recoveries (id, user_id, webhook_id, since, until, status, created_at)
        SELECT gen_random_uuid(), 'uid_old', gen_random_uuid(), now(), now(), 'completed', '1970-01-01'
        FROM generate_series(1, 3)`);
    await session.close();
    const server = await stage.start(database);
    const line = await eventually(
      async () => server.output.find((text) => text.includes('Removed ')),
      'the line about what was removed',
      30_000,
    );
    expect(JSON.parse(line)).toMatchObject({
      msg: expect.stringMatching(/^Removed 1200 events, 1100 deliveries, 3 recoveries older than 30 days in \d+ ms$/),
    });
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    for (const count of ['attempts"} 0', 'events"} 1200', 'deliveries"} 1100', 'recoveries"} 3', 'api_keys"} 0']) {
      expect(metrics).toContain(`docmap_retention_removed_rows_total{kind="${count}`);
    }
  });
});
