import { BlockList, type IPVersion } from 'node:net';
import { networkInterfaces } from 'node:os';

/** How long the list is reused, in milliseconds. Interfaces change rarely, and reading them is slow. */
const READ_EVERY_MS = 5_000;

/** The addresses of this machine's network interfaces. */
export class OwnAddresses {
  private list = new BlockList();
  private readAt = -Infinity;

  /** @param interfaces replaceable in tests */
  constructor(private readonly interfaces: typeof networkInterfaces = networkInterfaces) {}

  has(address: string, family: IPVersion): boolean {
    if (performance.now() - this.readAt >= READ_EVERY_MS) this.read();
    return this.list.check(address, family);
  }

  private read(): void {
    this.readAt = performance.now();
    this.list = new BlockList();
    for (const { address, family } of Object.values(this.interfaces()).flatMap((entries) => entries ?? [])) {
      this.list.addAddress(address, family === 'IPv4' ? 'ipv4' : 'ipv6');
    }
  }
}
