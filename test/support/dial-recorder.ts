import { AsyncLocalStorage } from 'node:async_hooks';

/** Node's own handle of a TCP socket: the last of its code before the operating system is asked to connect. */
interface TcpHandle {
  connect: (request: unknown, address: string, port: number) => number;
  connect6: (request: unknown, address: string, port: number) => number;
}

interface Bindings {
  binding(name: 'tcp_wrap'): { TCP: { prototype: TcpHandle } };
  binding(name: 'uv'): { UV_ECONNREFUSED: number };
}

/**
 * The addresses that a test has dialled. The handle belongs to the process: connections of earlier tests, and of earlier
 * files of the same worker, pass through it too.
 */
const ofTest = new AsyncLocalStorage<string[]>();

/**
 * Replaces the operating system's connect and records the addresses that the current test dials. No packet of it leaves
 * the process. All layers above are real: undici, TLS, and Node's choice among the addresses of a name.
 */
export class DialRecorder {
  dialled: string[] = [];
  private readonly handle = (process as unknown as Bindings).binding('tcp_wrap').TCP.prototype;
  private readonly refused = (process as unknown as Bindings).binding('uv').UV_ECONNREFUSED;
  private readonly original = { connect: this.handle.connect, connect6: this.handle.connect6 };

  /**
   * Records the dials of the rest of the calling test. Other dials are connected as without a recorder.
   *
   * @param answer the outcome of a dial: `refused` at once, or `silent`, as with a firewall
   */
  start(answer: 'refused' | 'silent'): void {
    this.dialled = [];
    ofTest.enterWith(this.dialled);
    const outcome = answer === 'refused' ? this.refused : 0;
    const recordInsteadOf = (connect: TcpHandle['connect']): TcpHandle['connect'] =>
      function (this: TcpHandle, request, address, port) {
        const dialled = ofTest.getStore();
        if (!dialled) return connect.call(this, request, address, port);
        dialled.push(address);
        return outcome;
      };
    Object.assign(this.handle, {
      connect: recordInsteadOf(this.original.connect),
      connect6: recordInsteadOf(this.original.connect6),
    });
  }

  stop(): void {
    Object.assign(this.handle, this.original);
  }
}
