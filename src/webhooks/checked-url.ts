import { DomainError } from '../common/domain-error.js';
import { targetHint } from '../targets/target-hint.js';
import type { TargetPolicy } from '../targets/target-policy.js';
import { checkTargetUrl } from '../targets/target-url.js';
import { text } from '../translations/phrase.js';

/**
 * The normal form of a URL that requests may be sent to.
 *
 * @param field the field of the request that has the URL
 * @throws DomainError `VALIDATION_ERROR` with the fault, and a hint if there is one
 */
export function checkedUrl(given: string, policy: TargetPolicy, requireHttps: boolean, field = 'url'): string {
  const { href, fault = '' } = checkTargetUrl(given, policy, requireHttps);
  if (href !== undefined) return href;
  const hint = targetHint(given, policy, requireHttps);
  const message = text('{{field}} {{fault}}', { field, fault });
  throw new DomainError('VALIDATION_ERROR', hint ? text('{{fault}}; {{hint}}', { fault: message, hint }) : message);
}
