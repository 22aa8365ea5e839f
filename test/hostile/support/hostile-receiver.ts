import type { Socket } from 'node:net';
import { RawReceiver } from '../../e2e/support/raw-receiver.js';
import type { ServerCertificate } from '../../support/certificates.js';
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
    const certificate = secure.trusted as ServerCertificate;
    const begin = (socket: Socket, bytes: Buffer): void => behave(socket, { bytes, certificate });
    return new HostileReceiver(misbehaviour, await RawReceiver.start(begin, tls));
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
