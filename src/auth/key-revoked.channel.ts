/** The PostgreSQL channel of revoked API keys. A notice is the id of the key. */
export const KEY_REVOKED_CHANNEL = 'api_key_revoked';
