import { VERSION } from '../common/version.js';

/**
 * The value of `user-agent`: a product and, if a contact is configured, a comment with the contact (RFC 9110, section
 * 10.1.5). An owner of a server that gets unwanted requests can write to the contact.
 */
export function userAgent(contact: string | undefined): string {
  const product = `DocMap-Webhooks/${VERSION}`;
  return contact === undefined ? product : `${product} (+${contact.includes('://') ? contact : `mailto:${contact}`})`;
}
