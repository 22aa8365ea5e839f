/**
 * The format of an API key. Generated keys have 64 hex digits after the prefix. 30 to 64 letters or digits are accepted,
 * because the example key of the documentation can be the bootstrap key.
 */
export const API_KEY = /^dm_live_[A-Za-z0-9]{30,64}$/;
