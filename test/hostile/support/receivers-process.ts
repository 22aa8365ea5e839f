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
  /** A URL that must get no request. */
  elsewhere: string;
  secure: SecureOptions;
}

/** A receiver of the process. */
export interface RemoteReceiver {
  name: string;
  url: string;
  expected: ExpectedRecord;
}

/** All receivers of the catalogue in a process of their own: their CPU time does not slow down the tests. */
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

  /** The well-behaved counterpart of a receiver, with TLS if the receiver has it. */
  harmlessInPlaceOf({ url }: RemoteReceiver): RemoteReceiver {
    return this.receivers[url.startsWith('https') ? 1 : 0]!;
  }

  async end(): Promise<void> {
    const exit = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exit;
  }
}
