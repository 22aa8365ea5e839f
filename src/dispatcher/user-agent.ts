import { VERSION } from '../common/version.js';

/**
 * How we introduce ourselves to receivers: a product, and where a contact is configured a comment that names it (RFC 9110,
 * 10.1.5), so that whoever gets requests they never asked for knows whom to turn to.
 */
export function userAgent(contact: string | undefined): string {
  const product = `DocMap-Webhooks/${VERSION}`;
  return contact === undefined ? product : `${product} (+${contact.includes('://') ? contact : `mailto:${contact}`})`;
}
