import type { Webhook } from '../generated/prisma/client.js';
import { checkedAuth, requireAgreement } from './auth-settings.js';
import { orUnavailable } from './cipher-answer.js';
import { changedAuthColumns, keepsAuth, sealedAuthColumns, type AuthColumns } from './sealed-auth.js';
import { changedHeaders, keepsHeaders, sealed, type HeaderColumns } from './sealed-headers.js';
import { requireUnchanged } from './sealed-value.js';
import type { SecretCipher } from './secret-cipher.js';
import type { WebhookAuth } from './webhook-auth.js';
import type { WebhookHeaders } from './webhook-headers.js';
import { text } from '../translations/phrase.js';

/** The valid fields of a request that are stored encrypted. */
interface SecretSettings {
  headers?: WebhookHeaders | null | undefined;
  auth?: WebhookAuth | null | undefined;
}

const HEADERS_CHANGED = text('The headers were changed at the same time. Repeat the request.');
const AUTH_CHANGED = text('auth was changed at the same time. Repeat the request.');

type SecretColumns = Partial<HeaderColumns & AuthColumns>;

/** The columns of a change, and the check of the row that it changes. */
interface SecretChange {
  columns: SecretColumns;
  /**
   * @param before the present row, locked
   * @throws DomainError `SERVICE_UNAVAILABLE` if a kept secret was replaced meanwhile, or `VALIDATION_ERROR` if the settings
   *   contradict each other after the change
   */
  check: (before: Webhook, change: { url?: string }) => void;
}

/**
 * Encrypts the settings of a new webhook.
 *
 * @param checkedUrl checks the URL of an authorization server: see {@link checkedAuth}
 * @throws DomainError `VALIDATION_ERROR`, or `SERVICE_UNAVAILABLE` while the cipher can't reach its key
 */
export async function newSecretColumns(
  { headers = null, auth = null }: SecretSettings,
  { id, url }: Pick<Webhook, 'id' | 'url'>,
  cipher: SecretCipher,
  checkedUrl: (text: string) => string,
): Promise<SecretColumns> {
  requireAgreement({ url, headers, auth });
  const checked = auth && checkedAuth(auth, checkedUrl);
  return orUnavailable(async () => ({
    ...(headers === null ? {} : await sealed(headers, id, cipher)),
    ...(checked === null ? {} : await sealedAuthColumns(checked, id, cipher)),
  }));
}

/** As {@link newSecretColumns}, for a change. Fields that are left out stay as they are. */
export async function secretChange(
  { headers, auth }: SecretSettings,
  webhook: Webhook,
  cipher: SecretCipher,
  checkedUrl: (text: string) => string,
): Promise<SecretChange> {
  const checked = auth && checkedAuth(auth, checkedUrl);
  const columns = await orUnavailable(async () => ({
    ...(headers === undefined ? {} : await changedHeaders(headers ?? {}, webhook, cipher)),
    ...(checked === undefined ? {} : await changedAuthColumns(checked, webhook, cipher)),
  }));
  return {
    columns,
    check: (before, change) => {
      if (keepsHeaders(headers)) requireUnchanged(HEADERS_CHANGED, webhook.headers, before.headers);
      if (keepsAuth(auth)) requireUnchanged(AUTH_CHANGED, webhook.auth, before.auth);
      requireAgreement({ url: before.url, headers: before.headers, auth: before.auth, ...change, ...columns });
    },
  };
}
