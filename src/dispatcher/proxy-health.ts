import { Injectable, Logger } from '@nestjs/common';
import { LocalShortageError } from '../common/local-shortage.error.js';
import { NoTunnelError, type ProxyFaultError } from './http-proxy.js';
import { NotReadyError } from './not-ready.error.js';
import { ProxiedTargetError } from './target-errors.js';

/** Reasons why the proxy, and not a receiver, is at fault. */
export const PROXY_FAULTS = ['unreachable', 'invalid-answer', 'credentials', 'no-tunnels'] as const;
export type ProxyFault = (typeof PROXY_FAULTS)[number];

/** The number of other targets that must fail alike before the proxy is at fault. */
const FAILING_ALIKE = 2;
/** Credentials that the proxy accepted in this time are not refused for every target. */
const CREDENTIALS_ACCEPTED_MS = 60_000;
const CREDENTIALS_REFUSED = 407;
/** The log has at most one warning in this time. */
const WARNING_INTERVAL_MS = 60_000;

/**
 * Decides whether the proxy or a receiver is at fault when no tunnel is made.
 *
 * A proxy answers 502, 503 or 504 if the target is down, and also if its own network is. It answers 403 if its rules exclude
 * the target. One target without a tunnel is therefore at fault itself, unless others fail alike: then the proxy is. A tunnel
 * that is made, and an answer through a tunnel, prove that the proxy works.
 *
 * The methods whose names end in `Error` return the error of the attempt. A fault of the proxy costs no attempt. If no target can be
 * reached, all sending is suspended ({@link LocalShortageError}). If it may concern only this target, only its webhook waits
 * ({@link NotReadyError}): users choose targets, and one target must not stop the others.
 */
@Injectable()
export class ProxyHealth {
  private readonly logger = new Logger('DeliveryProxy');
  /** The number of faults by reason. Read by the metrics. */
  readonly faults: Record<ProxyFault, number> = {
    unreachable: 0,
    'invalid-answer': 0,
    credentials: 0,
    'no-tunnels': 0,
  };
  /** Whether a tunnel was made after the last fault. Read by the metrics. */
  isAvailable = true;
  /**
   * Targets without a tunnel since the last proof that the proxy works. At most {@link FAILING_ALIKE} and one more: the target
   * itself does not count.
   */
  private readonly failed = new Set<string>();
  /** The time of the last proof, by `performance.now()`. */
  private workedAt = -Infinity;
  /** The time of the last tunnel. */
  private openedAt = -Infinity;
  /** The log has no warning before this time. */
  private quietUntil = -Infinity;
  /** Whether the log has a warning of a fault without the line of its end. */
  private isWarned = false;

  /** A tunnel was made. */
  opened(): void {
    this.openedAt = performance.now();
    this.worked();
    this.isAvailable = true;
    if (!this.isWarned) return;
    this.isWarned = false;
    this.logger.log('The delivery proxy makes connections again');
  }

  /** A receiver answered through a tunnel. */
  worked(): void {
    this.workedAt = performance.now();
    this.failed.clear();
  }

  /** The error of the attempt after a fault that concerns all targets. */
  faultError({ reason, message }: ProxyFaultError): LocalShortageError {
    return this.unavailableError(reason, message);
  }

  /**
   * The error of an attempt without a tunnel.
   *
   * @param target the address, without the port
   * @param since the time of the CONNECT request, by `performance.now()`
   */
  tunnelError(target: string, since: number, { status, isClosed }: NoTunnelError): Error {
    if (status === CREDENTIALS_REFUSED) return this.withoutCredentials(target);
    // A proxy answers (RFC 9110, section 9.3.6). It closes connections when it stops.
    if (isClosed) return this.waitingError('no-tunnels', `it closed the connection for ${target} without an answer`);
    const what = status === undefined ? 'no answer' : `HTTP ${status}`;
    if (this.workedAt <= since && this.failsAlike(target)) {
      return this.waitingError(
        'no-tunnels',
        `no target gets a connection (${what} for ${target}, and others fail alike)`,
      );
    }
    return new ProxiedTargetError(status);
  }

  /** The error of an attempt whose deadline came before the proxy was done. */
  lateError(what: string): NotReadyError {
    return this.waitingError('unreachable', what);
  }

  private withoutCredentials(target: string): Error {
    const message = `it refused the credentials for ${target} (HTTP ${CREDENTIALS_REFUSED})`;
    const areAccepted = performance.now() - this.openedAt < CREDENTIALS_ACCEPTED_MS;
    return areAccepted ? this.waitingError('credentials', message) : this.unavailableError('credentials', message);
  }

  private failsAlike(target: string): boolean {
    if (this.failed.size <= FAILING_ALIKE) this.failed.add(target);
    return this.failed.size - Number(this.failed.has(target)) >= FAILING_ALIKE;
  }

  private unavailableError(fault: ProxyFault, message: string): LocalShortageError {
    this.count(fault, message);
    return new LocalShortageError(`the delivery proxy is unavailable: ${message}`);
  }

  private waitingError(fault: ProxyFault, message: string): NotReadyError {
    this.count(fault, message);
    return new NotReadyError(`the delivery proxy is at fault: ${message}`);
  }

  private count(fault: ProxyFault, message: string): void {
    this.faults[fault] += 1;
    this.isAvailable = false;
    const now = performance.now();
    if (this.isWarned || now < this.quietUntil) return;
    this.isWarned = true;
    this.quietUntil = now + WARNING_INTERVAL_MS;
    this.logger.warn(`Deliveries wait for the delivery proxy: ${message}`);
  }
}
