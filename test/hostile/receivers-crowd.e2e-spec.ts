import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { RawReceiver } from '../e2e/support/raw-receiver.js';
import { isLong, report } from '../support/run-length.js';
import { Comparison } from './support/comparison.js';
import { CROWD, type CrowdRecord } from './support/crowd.js';
import { MARGIN_MS } from './support/judge.js';
import { TIMEOUT } from './support/misbehaviour.js';
import { Neighbourhood } from './support/neighbourhood.js';
import { ReceiversProcess } from './support/receivers-process.js';
import { makeTlsFaults } from './support/tls-faults.js';

const DEADLINE_MS = 2_000;
/** The least length of a round, which waits for its records. */
const ROUND_MS = 2_200;
const MAX_GROWTH_MB = 50;
const ROUNDS = isLong ? 20 : 2;
/** More rounds follow while the result may be chance, or while the machine was too busy. */
const MOST_ROUNDS = 2 * ROUNDS;

jest.setTimeout(900_000);

/**
 * Two services have the same load. The neighbours of one are hostile, those of the other are harmless, by turns. Other
 * work of the machine affects both alike.
 */
describe('Next to fifty receivers that misbehave, the service', () => {
  const wrong: string[] = [];
  const comparison = new Comparison(isLong);
  const growth: number[] = [];
  let directory: string;
  let trap: RawReceiver;
  let receivers: ReceiversProcess;
  let services: [Neighbourhood, Neighbourhood];
  let rounds = 0;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'docmap-test-hostile-'));
    const { options: secure, authorityPath } = await makeTlsFaults(directory);
    trap = await RawReceiver.start((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'));
    receivers = await ReceiversProcess.start({ elsewhere: trap.url, secure });
    const env = {
      NODE_EXTRA_CA_CERTS: authorityPath,
      DELIVERY_TIMEOUT_MS: String(DEADLINE_MS),
      RETRY_SCHEDULE: '0s,1h',
    };
    services = [await Neighbourhood.start(receivers, env), await Neighbourhood.start(receivers, env)];
    await Promise.all(services.map((service) => service.warmUp()));

    const before = new Map<Neighbourhood, number>();
    while (rounds < ROUNDS || (rounds < MOST_ROUNDS && !(comparison.isFair && comparison.telling >= ROUNDS))) {
      const [hostile, harmless] = rounds % 2 === 0 ? services : services.toReversed();
      await Promise.all([hostile!.prepare('hostile'), harmless!.prepare('harmless')]);
      if (!before.has(hostile!)) before.set(hostile!, hostile!.memory);
      const records = [hostile!.provoke(), harmless!.provoke()];
      const both = Promise.all([...records, delay(ROUND_MS)]);
      const [beside, without] = await Promise.all([hostile!.observe(both), harmless!.observe(both)]);
      const all = (await Promise.all(records)).flat();
      await Promise.all([hostile!.clear(), harmless!.clear()]);
      const tells = comparison.add(beside, without);
      growth.push(beside.memory - before.get(hostile!)!);
      wrong.push(...all.flatMap((record) => wrongOf(record, tells)));
      if (all.length !== 2 * CROWD) wrong.push(`${all.length} records of ${2 * CROWD}`);
      rounds += 1;
    }
    report('receivers in a crowd', {
      [`${CROWD} at a time`]: rounds * CROWD,
      'as they must': rounds * CROWD - wrong.length,
      'grown MB': Math.round(Math.max(...growth)),
      'next to harmless ones': String(comparison),
    });
  });

  afterAll(async () => {
    await Promise.all(services.map((service) => service.end()));
    await receivers.end();
    await trap.close();
    await rm(directory, { recursive: true });
  });

  it('stores the expected record of each of them in time', () => {
    expect(wrong).toEqual([]);
  });

  it('delivers to others as fast and with as little CPU time as next to harmless ones', () => {
    expect(comparison.isFair ? [] : [String(comparison)]).toEqual([]);
  });

  it('needs no more memory', () => {
    expect(Math.max(...growth)).toBeLessThanOrEqual(MAX_GROWTH_MB);
  });

  it('connects to no other receiver', () => {
    expect(trap.connections).toBe(0);
  });
});

/** @param tells whether times are meaningful: without idle CPU, any attempt can reach its deadline */
function wrongOf({ name, expected, httpStatus, error, durationMs }: CrowdRecord, tells: boolean): string[] {
  if (!tells && error === TIMEOUT) return [];
  const isWrong = httpStatus !== expected.httpStatus || error !== expected.error;
  return isWrong || durationMs > DEADLINE_MS + MARGIN_MS ? [`${name}: ${httpStatus}, ${error}, ${durationMs} ms`] : [];
}
