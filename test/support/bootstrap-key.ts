/** The bootstrap key of every test service: the one in the public documentation's examples. */
export const BOOTSTRAP_KEY = 'dm_live_abc123def456ghi789jkl012mno345';
