import { RawReceiver } from '../../e2e/support/raw-receiver.js';
import type { Misbehaviour } from './misbehaviour.js';
import type { SecureOptions } from './tls-faults.js';

/** A receiver that misbehaves in one way, on a port of its own. */
export class HostileReceiver {
  private constructor(
    readonly misbehaviour: Misbehaviour,
    private readonly raw: RawReceiver,
  ) {}

  static async start(misbehaviour: Misbehaviour, secure: SecureOptions): Promise<HostileReceiver> {
    const { listener = 'http', behave } = misbehaviour;
    const tls = listener === 'http' || listener === 'https' ? undefined : secure[listener];
    return new HostileReceiver(misbehaviour, await RawReceiver.start(behave, tls));
  }

  get url(): string {
    const { listener = 'http' } = this.misbehaviour;
    return `${listener === 'http' ? 'http' : 'https'}://127.0.0.1:${this.raw.port}/`;
  }

  /** The first bytes of each connection. */
  get requests(): readonly string[] {
    return this.raw.requests;
  }

  close(): Promise<void> {
    return this.raw.close();
  }
}
