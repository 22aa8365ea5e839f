/** The maximum wait of a leased delivery for a slot. */
export const MAX_WAIT_MS = 5_000;
/** A lease is this much longer than the time limit of an attempt: the wait, and the time of the claim and the settlement. */
export const LEASE_GRACE_MS = MAX_WAIT_MS + 5_000;

/** A scan begins after this id, which sorts before those of all webhooks. */
export const FIRST_WEBHOOK = '00000000-0000-0000-0000-000000000000';

/** The maximum number of webhooks per claim. It limits the cost of a claim when most webhooks have nothing due. */
export const WEBHOOKS_PER_CLAIM = 256;
