import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { TargetPolicy } from '../targets/target-policy.js';
import { withoutBrackets } from '../targets/without-brackets.js';
import { TargetHost } from './target-host.js';
import { Target, originAndPathOf } from './target.js';

/** The hosts that this process sends to. */
@Injectable()
export class TargetHosts {
  /** The hosts by name. Written by `of` and `keep`; read by `of`. */
  private readonly hosts = new Map<string, TargetHost>();

  constructor(
    private readonly policy: TargetPolicy,
    private readonly config: AppConfig,
  ) {}

  /**
   * Parses the URL of a webhook.
   *
   * @param authId of the webhook's authentication. Undefined: none
   */
  targetOf(url: string, userId: string, authId?: string): Target {
    const { origin, path } = originAndPathOf(url, userId, authId);
    return new Target(url, origin, path, this.of(url), authId);
  }

  /** The host of a URL. All ports of a name are one host. */
  of(url: string): TargetHost {
    const name = new URL(url).hostname;
    let host = this.hosts.get(name);
    if (!host) {
      const { dispatchConcurrencyPerHost: concurrency, dispatchRatePerHost } = this.config;
      // The operator allows this address. It is the operator's own, and needs no rate limit. Its concurrency is limited.
      const rate = this.policy.isExempt(withoutBrackets(name)) ? 0 : dispatchRatePerHost;
      host = new TargetHost(name, { concurrency, rate });
      this.hosts.set(name, host);
    }
    return host;
  }

  /** Forgets all other idle hosts. */
  keep(inUse: ReadonlySet<TargetHost>): void {
    for (const host of this.hosts.values()) {
      if (!inUse.has(host) && host.isIdle()) this.hosts.delete(host.name);
    }
  }
}
