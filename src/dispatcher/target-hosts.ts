import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { TargetPolicy } from '../targets/target-policy.js';
import { withoutBrackets } from '../targets/without-brackets.js';
import { TargetHost } from './target-host.js';
import { Target, placeOf } from './target.js';

/** The hosts that this process sends to. */
@Injectable()
export class TargetHosts {
  /** By name. Written by `of` and `keep`; read by `of`. */
  private readonly hosts = new Map<string, TargetHost>();

  constructor(
    private readonly policy: TargetPolicy,
    private readonly config: AppConfig,
  ) {}

  /** The target of a webhook, made once for each URL that the webhook has. */
  targetOf(url: string, userId: string): Target {
    const { origin, path } = placeOf(url, userId);
    return new Target(url, origin, path, this.of(url));
  }

  /** The host of a URL, whatever its port. */
  of(url: string): TargetHost {
    const name = new URL(url).hostname;
    let host = this.hosts.get(name);
    if (!host) {
      const { dispatchConcurrencyPerHost: concurrency, dispatchRatePerHost } = this.config;
      // The operator has allowed this address: it is the operator's own, and needs no protection.
      const rate = this.policy.isExempt(withoutBrackets(name)) ? 0 : dispatchRatePerHost;
      host = new TargetHost(name, { concurrency, rate });
      this.hosts.set(name, host);
    }
    return host;
  }

  /** Forgets all other hosts that are idle. */
  keep(inUse: ReadonlySet<TargetHost>): void {
    for (const host of this.hosts.values()) {
      if (!inUse.has(host) && host.isIdle()) this.hosts.delete(host.name);
    }
  }
}
