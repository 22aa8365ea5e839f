import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { SAMPLE_BODY } from './events.js';
import type { BenchReceiver } from './receiver.js';

const SCRIPT = fileURLToPath(new URL('limit-process.ts', import.meta.url));

/** Requests a second of the bare loop. */
export async function limit(receiver: BenchReceiver, count: number, concurrency = 64): Promise<number> {
  await receiver.reset(count);
  const args = [`${receiver.url}/limit`, String(count), String(concurrency), SAMPLE_BODY];
  const child = fork(SCRIPT, args, { execArgv: ['--import', 'tsx'] });
  const [{ seconds }] = (await once(child, 'message')) as [{ seconds: number }];
  await once(child, 'exit');
  return count / seconds;
}
