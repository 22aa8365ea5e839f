import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { answers, type ExpectedRecord, type Misbehaviour } from './misbehaviour.js';
import type { SecureOptions } from './tls-faults.js';

const SCRIPT = fileURLToPath(new URL('run-receivers.ts', import.meta.url));

export const HARMLESS: Misbehaviour[] = (['http', 'trusted'] as const).map((listener) => ({
  name: `is well-behaved (${listener})`,
  listener,
  behave: answers('200 OK'),
  expected: { httpStatus: 200, error: null },
}));

export interface ReceiversOptions {
  /** A URL that nothing may ever be sent to. */
  elsewhere: string;
  secure: SecureOptions;
}

/** A receiver of the process. */
export interface RemoteReceiver {
  name: string;
  url: string;
  expected: ExpectedRecord;
}

/** All receivers of the catalogue in a process of their own, so that what they take of the CPU does not slow the tests. */
export class ReceiversProcess {
  private constructor(
    private readonly child: ChildProcess,
    private readonly receivers: readonly RemoteReceiver[],
  ) {}

  static async start(options: ReceiversOptions): Promise<ReceiversProcess> {
    const child = fork(SCRIPT, { execArgv: ['--import', 'tsx'] });
    child.send(options);
    const [receivers] = (await once(child, 'message')) as [RemoteReceiver[]];
    return new ReceiversProcess(child, receivers);
  }

  get hostile(): readonly RemoteReceiver[] {
    return this.receivers.slice(HARMLESS.length);
  }

  /** One that does what the other should, over TLS where that one is. */
  harmlessInPlaceOf({ url }: RemoteReceiver): RemoteReceiver {
    return this.receivers[url.startsWith('https') ? 1 : 0]!;
  }

  async end(): Promise<void> {
    const exit = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exit;
  }
}
