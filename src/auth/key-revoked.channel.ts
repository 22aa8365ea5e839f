/**
 * The PostgreSQL channel of revoked API keys. A notice is the id of the key. It only ends open streams: requests are refused without
 * it, see `RecentKeys`.
 */
export const KEY_REVOKED_CHANNEL = 'api_key_revoked';
