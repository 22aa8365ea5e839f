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
 * Replaces the operating system's connect and records the addresses. No packet leaves the process. All layers above are
 * real: undici, TLS, and Node's choice among the addresses of a name.
 */
export class DialRecorder {
  readonly dialled: string[] = [];
  private readonly handle = (process as unknown as Bindings).binding('tcp_wrap').TCP.prototype;
  private readonly refused = (process as unknown as Bindings).binding('uv').UV_ECONNREFUSED;
  private readonly original = { connect: this.handle.connect, connect6: this.handle.connect6 };

  /** @param answer the outcome of a dial: `refused` at once, or `silent`, as with a firewall */
  start(answer: 'refused' | 'silent'): void {
    const record = (_request: unknown, address: string): number => {
      this.dialled.push(address);
      return answer === 'refused' ? this.refused : 0;
    };
    this.dialled.length = 0;
    Object.assign(this.handle, { connect: record, connect6: record });
  }

  stop(): void {
    Object.assign(this.handle, this.original);
  }
}
