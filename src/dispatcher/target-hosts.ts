import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { TargetPolicy } from '../targets/target-policy.js';
import { withoutBrackets } from '../targets/without-brackets.js';
import { TargetHost } from './target-host.js';

/** The hosts that this process sends to. */
@Injectable()
export class TargetHosts {
  private hosts = new Map<string, TargetHost>();

  constructor(
    private readonly policy: TargetPolicy,
    private readonly config: AppConfig,
  ) {}

  /** The host of a URL, whatever its port. */
  of(url: string): TargetHost {
    const name = new URL(url).hostname;
    let host = this.hosts.get(name);
    if (!host) {
      const { dispatchConcurrencyPerHost: concurrency, dispatchRatePerHost } = this.config;
      // An address that the operator has allowed is the operator's own, and no victim.
      const rate = this.policy.isExempt(withoutBrackets(name)) ? 0 : dispatchRatePerHost;
      host = new TargetHost(name, { concurrency, rate });
      this.hosts.set(name, host);
    }
    return host;
  }

  /** Forgets all hosts but these. */
  keep(inUse: Iterable<TargetHost>): void {
    this.hosts = new Map([...inUse].map((host) => [host.name, host]));
  }
}
