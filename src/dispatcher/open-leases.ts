import { randomUUID } from 'node:crypto';
import { LEASE_GRACE_MS, MAX_WAIT_MS } from '../queue/claim-limits.js';

const nothing = (): void => undefined;

/**
 * A claim or a reservation under way, in memory. It is not the lease of a delivery in the table: it is open until the statement that
 * leases deliveries has returned. Closing it ends no lease. The leases in the table then last for `leaseMs`, or until their attempts
 * are settled.
 */
export class OpenLease {
  readonly leaseToken = randomUUID();
  /** A time of `performance.now()`. The lease in the database begins later. */
  readonly startedAt = performance.now();
  /** A time of `performance.now()`. An attempt that starts later may end after the lease. */
  readonly sendBefore = this.startedAt + MAX_WAIT_MS;
  /** Resolves when the claim or reservation has ended. */
  readonly closed: Promise<void>;
  /** Called by {@link OpenLeases.close} only. */
  readonly resolve: () => void;

  constructor(readonly leaseMs: number) {
    let resolve = nothing;
    this.closed = new Promise((done) => (resolve = done));
    this.resolve = resolve;
  }
}

/**
 * The claims and reservations under way, not the leases in the table. Each has the webhooks that were invalidated meanwhile: changed,
 * paused, disabled or deleted. The deliveries of these webhooks are never sent: their URL or secret may be old.
 *
 * Invariant: deliveries arrive only through an open lease, and close it. Invalidation is exact: it needs no clock. An
 * invalidated webhook is remembered only while the lease is open.
 */
export class OpenLeases {
  /**
   * The open leases, each with the uuids of the invalidated webhooks. An empty uuid means all webhooks. Written by `open` and
   * `close`, the sets by `invalidate`; read by `close` and `allClosed`.
   */
  private readonly leases = new Map<OpenLease, Set<string>>();

  /** @param deliveryTimeoutMs the maximum duration of an attempt */
  constructor(private readonly deliveryTimeoutMs: number) {}

  open(): OpenLease {
    const lease = new OpenLease(this.deliveryTimeoutMs + LEASE_GRACE_MS);
    this.leases.set(lease, new Set());
    return lease;
  }

  /**
   * @param webhookUuid empty if any webhook may have changed
   */
  invalidate(webhookUuid: string): void {
    for (const invalidated of this.leases.values()) invalidated.add(webhookUuid);
  }

  /**
   * @returns a function: whether a webhook was invalidated while the lease was open
   * @throws Error when the lease is not open
   */
  close(lease: OpenLease): (webhookUuid: string) => boolean {
    const invalidated = this.leases.get(lease);
    if (!invalidated) throw new Error('Deliveries arrived through a lease that is not open');
    this.leases.delete(lease);
    lease.resolve();
    return (webhookUuid) => invalidated.has('') || invalidated.has(webhookUuid);
  }

  /** Resolves when the leases that are open now are closed. */
  async allClosed(): Promise<void> {
    await Promise.all([...this.leases.keys()].map(({ closed }) => closed));
  }
}
