import { VERSION } from '../common/version.js';

/** How we introduce ourselves to receivers. */
export const USER_AGENT = `DocMap-Webhooks/${VERSION}`;
