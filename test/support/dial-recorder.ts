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
 * Stands where the operating system is asked to connect, and writes down the addresses instead: nothing leaves the
 * process. All above is the real thing: undici, TLS, and Node's way through the addresses of a name.
 */
export class DialRecorder {
  readonly dialled: string[] = [];
  private readonly handle = (process as unknown as Bindings).binding('tcp_wrap').TCP.prototype;
  private readonly refused = (process as unknown as Bindings).binding('uv').UV_ECONNREFUSED;
  private readonly original = { connect: this.handle.connect, connect6: this.handle.connect6 };

  /** @param answer what becomes of a dial: `refused` at once, or `silent`, as behind a firewall */
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
