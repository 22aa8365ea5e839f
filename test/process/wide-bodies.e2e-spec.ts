import { afterEach, expect, it, jest } from '@jest/globals';
import type { ServerProcess } from '../support/server-process.js';
import { describeOnServer } from './support/kinds.js';
import { Stage } from './support/stage.js';

jest.setTimeout(120_000);

/** The longest answer to a refused request, in bytes. */
const MAX_ANSWER_BYTES = 4_096;
/**
 * The longest wait of another request. The target is a quarter of it, which a machine that runs other tests at the same
 * time can exceed. Each of these bodies once took 2 to 330 seconds.
 */
const MAX_WAIT_MS = 1_000;

const repeat = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => text(index)).join();
const fields = (count: number) => `{${repeat(count, (index) => `"k${index}":1`)}}`;
const event = (data: string) =>
  `{"event":"extraction.completed","userId":"uid_local","extractionId":"extract-wide","data":${data}}`;

const refused: [what: string, path: string, body: string][] = [
  ['480,000 unknown fields of a batch', '/v1/events/batch', fields(400_000)],
  ['30,000 unknown fields of an event', '/v1/events', event('{}').replace('{', `{${fields(25_000).slice(1, -1)},`)],
  ['5,000 unknown fields of a webhook', '/v1/webhooks', fields(5_000)],
  [
    '7,000 distinct events of a webhook',
    '/v1/webhooks',
    `{"url":"https://example.com/hook","events":[${repeat(7_000, (index) => `"e${index}"`)}]}`,
  ],
  [
    '7,000 distinct scopes of a key',
    '/v1/api-keys',
    `{"name":"wide","expiresIn":"30d","scopes":[${repeat(7_000, (index) => `"s${index}"`)}]}`,
  ],
  ['400,001 empty events', '/v1/events/batch', `{"events":[${repeat(400_001, () => '{}')}]}`],
  ['500 empty events', '/v1/events/batch', `{"events":[${repeat(500, () => '{}')}]}`],
  [
    '500 events with a long unknown field',
    '/v1/events/batch',
    `{"events":[${repeat(500, () => `{"${'n'.repeat(10_000)}":1}`)}]}`,
  ],
  [
    '500 events with a long wrong type',
    '/v1/events/batch',
    `{"events":[${repeat(500, () => `{"event":"${'\\u0001'.repeat(1_500)}"}`)}]}`,
  ],
  ['a batch in a batch', '/v1/events/batch', `{"events":{"events":[${repeat(400_000, () => '{}')}]}}`],
  ['brackets', '/v1/events/batch', '['.repeat(5_000_000)],
  ['white space', '/v1/events/batch', `{"events":${' '.repeat(5_000_000)}[]}`],
  // One event that is too large.
  ['backslashes', '/v1/events/batch', `{"events":["${String.raw`\\`.repeat(2_400_000)}"]}`],
  ['a long name', '/v1/events/batch', `{"${'n'.repeat(5_000_000)}":[]}`],
];

/** Data whose parsing takes longest: many objects with a key of their own. */
const slowest = (index: number) => `{"list":[${repeat(14_000, (member) => `{"k${index}_${member}":1}`)}]}`;

const accepted: [what: string, path: string, body: string][] = [
  ['data with 20,000 fields', '/v1/events', event(fields(20_000))],
  ['19 events with 20,000 fields each', '/v1/events/batch', `{"events":[${repeat(19, () => event(fields(20_000)))}]}`],
  [
    '19 events with 14,000 objects each',
    '/v1/events/batch',
    `{"events":[${repeat(19, (index) => event(slowest(index)))}]}`,
  ],
];

describeOnServer('A wide body', () => {
  const stage = new Stage();
  let server: ServerProcess;

  afterEach(() => stage.clear());

  it('is answered quickly, without delay for other requests', async () => {
    server = await stage.start(await stage.database('server'));
    // The first requests compile most of their code.
    await longestWaitDuring(server, async () => void (await post(server, '/v1/events', event('{}'))));
    for (const [cases, status] of [
      [refused, 400],
      [accepted, 202],
    ] as const) {
      for (const [what, path, body] of cases) {
        let answer = { status: 0, body: '' };
        const waited = await longestWaitDuring(server, async () => {
          answer = await post(server, path, body);
        });
        const expected = what === 'backslashes' ? 413 : status;
        expect({ what, status: answer.status }).toEqual({ what, status: expected });
        if (status === 400) {
          expect({ what, bytes: Math.min(MAX_ANSWER_BYTES, Buffer.byteLength(answer.body)) }).toEqual({
            what,
            bytes: Buffer.byteLength(answer.body),
          });
        }
        expect({ what, waited: Math.min(MAX_WAIT_MS, waited) }).toEqual({ what, waited });
      }
    }
  });
});

async function post(server: ServerProcess, path: string, body: string): Promise<{ status: number; body: string }> {
  const response = await fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.api.key}`, 'content-type': 'application/json' },
    body,
  });
  return { status: response.status, body: await response.text() };
}

/** The longest time that a request for `/health` took while `work` ran, in milliseconds. */
async function longestWaitDuring(server: ServerProcess, work: () => Promise<void>): Promise<number> {
  const done = new AbortController();
  const working = work().finally(() => done.abort());
  let longest = 0;
  while (!done.signal.aborted) {
    const begin = performance.now();
    await (await fetch(`${server.url}/health`)).text();
    longest = Math.max(longest, performance.now() - begin);
  }
  await working;
  return longest;
}
