import type { Api } from './api.js';
import type { Server } from './server.js';

/** A key for the demo only. */
export const KEY = 'dm_live_0demo0key0that0is0valid0nowhere0else0';
export const USER = 'uid_demo';

/** The state that the steps share. */
export interface Scene {
  api: Api;
  directory: string;
  settings: Record<string, string>;
  server: Server;
}

/** The `data` of the response to `POST /v1/webhooks`. */
export interface CreatedWebhook {
  secret: string;
  webhook: { id: string; url: string; userId: string };
}
