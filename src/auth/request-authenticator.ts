import { Injectable, Logger } from '@nestjs/common';
import type { IncomingHttpHeaders } from 'node:http';
import { DomainError } from '../common/domain-error.js';
import { AppConfig } from '../config/app-config.js';
import { Authenticator } from './authenticator.js';
import { checkCaller, type Caller } from './caller.js';
import { clientNetwork } from './client-network.js';
import { missingKeyMessage } from './credentials-fault.js';
import { FailureCounter } from './failure-counter.js';
import { hexHashOf } from './new-key.js';

interface IdentifiableRequest {
  headers: IncomingHttpHeaders;
  url?: string | undefined;
  /** Undefined after the client disconnected. */
  ip: string | undefined;
}

/** Maximum number of remembered tokens: about 1 MB. */
const KNOWN_TOKENS = 10_000;
const WARNING_INTERVAL_MS = 60_000;

/**
 * Authenticates requests and limits failed attempts per network.
 *
 * After too many failures, a network gets 429 for the rest of the minute, without a check of the credentials. Tokens that
 * were valid before are still checked. A client that shares an address or an undeclared proxy with an attacker therefore
 * keeps working. The counters are local to the process.
 */
@Injectable()
export class RequestAuthenticator {
  private readonly logger = new Logger(RequestAuthenticator.name);
  private readonly failures: FailureCounter | undefined;
  /** SHA-256 of tokens that were valid at their last use. */
  private readonly known = new Set<string>();
  private nextWarning = 0;

  constructor(
    private readonly authenticator: Authenticator,
    { authFailuresPerMinute }: AppConfig,
  ) {
    this.failures = authFailuresPerMinute === 0 ? undefined : new FailureCounter(authFailuresPerMinute);
  }

  /**
   * @throws DomainError `UNAUTHORIZED` for missing or wrong credentials, `RATE_LIMITED` after too many failures
   */
  async identify(request: IdentifiableRequest): Promise<Caller> {
    const token = bearerToken(request.headers.authorization);
    const digest = token && hexHashOf(token);
    if (!this.failures) return this.authenticate(request, token, digest);
    // Read before the first await: the socket of a disconnected client has no address.
    const address = request.ip ?? '';
    this.refuseBlocked(this.failures, address, digest);
    try {
      const caller = await this.authenticate(request, token, digest);
      this.remember(digest);
      return caller;
    } catch (error) {
      if (error instanceof DomainError && error.code === 'UNAUTHORIZED') {
        this.known.delete(digest);
        const network = clientNetwork(address);
        if (this.failures.add(network)) this.warn(network, request.headers);
      }
      throw error;
    }
  }

  /**
   * Authenticates a caller again, whose request was admitted before and is still open. Failures are not counted.
   *
   * @param authorization the header of the request
   * @throws DomainError `UNAUTHORIZED` if the credentials are not valid any more
   */
  identifyAgain(authorization: string | undefined): Promise<Caller> {
    const token = bearerToken(authorization);
    return this.authenticate({ headers: {}, ip: undefined }, token, token && hexHashOf(token));
  }

  private refuseBlocked(failures: FailureCounter, address: string, digest: string): void {
    // Fast path: usually no failures are counted.
    if (failures.size === 0) return;
    const blockedForMs = failures.blockedForMs(clientNetwork(address));
    if (blockedForMs === 0 || this.known.has(digest)) return;
    throw new DomainError('RATE_LIMITED', 'Too many requests without a valid API key from this address.', {
      retryAfterSeconds: Math.ceil(blockedForMs / 1_000),
    });
  }

  private async authenticate(request: IdentifiableRequest, token: string, digest: string): Promise<Caller> {
    if (token === '') throw new DomainError('UNAUTHORIZED', missingKeyMessage(request.headers, request.url));
    const caller: unknown = await this.authenticator.authenticate(token, digest);
    checkCaller(caller);
    return caller;
  }

  private remember(digest: string): void {
    if (this.known.size >= KNOWN_TOKENS && !this.known.has(digest)) {
      for (const oldest of this.known) {
        this.known.delete(oldest);
        break;
      }
    }
    this.known.add(digest);
  }

  private warn(network: string, headers: IdentifiableRequest['headers']): void {
    if (performance.now() < this.nextWarning) return;
    this.nextWarning = performance.now() + WARNING_INTERVAL_MS;
    const hint = headers['x-forwarded-for'] === undefined ? '' : ' If it is a proxy of yours, name it in TRUST_PROXY.';
    this.logger.warn(`Too many wrong API keys from ${network}: refused for up to a minute.${hint}`);
  }
}

/** The token of an `Authorization` header (RFC 6750). The scheme is case-insensitive (RFC 9110). Empty if there is none. */
function bearerToken(header: string | undefined): string {
  return /^bearer +(\S+) *$/i.exec(header ?? '')?.[1] ?? '';
}
