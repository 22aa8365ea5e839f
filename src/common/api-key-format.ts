/**
 * The form of an API key. Keys we make have 64 hex characters behind the prefix; any 30 to 64 letters or digits are
 * well-formed, so that the documentation's example key can be the bootstrap key.
 */
export const API_KEY = /^dm_live_[A-Za-z0-9]{30,64}$/;
