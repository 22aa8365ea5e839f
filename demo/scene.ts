import type { Api } from './api.js';
import type { Server } from './server.js';

/** Made up, and valid nowhere else. */
export const KEY = 'dm_live_0demo0key0that0is0valid0nowhere0else0';
export const USER = 'uid_demo';

/** What the steps share. */
export interface Scene {
  api: Api;
  directory: string;
  settings: Record<string, string>;
  server: Server;
}

/** What the API answers when a webhook was created. */
export interface CreatedWebhook {
  secret: string;
  webhook: { id: string; url: string; userId: string };
}
