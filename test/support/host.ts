import { randomBytes } from 'node:crypto';
import type { INestApplication, ModuleMetadata, NestApplicationOptions, Type } from '@nestjs/common';
import { AbstractHttpAdapter, NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { ConfigOptions } from '../../src/config/config-options.js';
import { DocmapWebhooksModule, type DocmapWebhooksOptions } from '../../src/docmap-webhooks.module.js';
import { ApiClient } from './api-client.js';
import { newDatabase } from './database.js';
import { clientOf } from './user-client.js';

export const ADAPTERS = {
  Fastify: () => new FastifyAdapter() as AbstractHttpAdapter,
  Express: () => new ExpressAdapter() as AbstractHttpAdapter,
};
export type AdapterName = keyof typeof ADAPTERS;

export interface TestHost {
  app: INestApplication;
  url: string;
  /** Calls with a key that has all scopes and belongs to `uid_local`. */
  api: ApiClient;
  /** Calls the API as another user. */
  as(userId: string): Promise<ApiClient>;
  close(): Promise<void>;
}

interface TestHostOptions {
  adapter?: AdapterName;
  /** Options of DocmapWebhooksModule. */
  options?: Partial<DocmapWebhooksOptions>;
  /** The rest of the host's root module, imported before and after ours. */
  before?: ModuleMetadata['imports'];
  after?: ModuleMetadata['imports'];
  controllers?: Type[];
  providers?: ModuleMetadata['providers'];
  /** The work of the host's `main.ts` between `create` and `listen`. */
  prepare?: (app: INestApplication) => unknown;
  create?: NestApplicationOptions;
}

/** Starts an application that imports DocmapWebhooksModule as the documents describe, on a database of its own. */
export async function startHost({
  adapter = 'Fastify',
  options = {},
  before = [],
  after = [],
  controllers = [],
  providers = [],
  prepare,
  create = {},
}: TestHostOptions = {}): Promise<TestHost> {
  const database = await newDatabase();
  const key = `dm_live_${randomBytes(32).toString('hex')}`;
  const values: ConfigOptions = {
    databaseUrl: database.env.DATABASE_URL,
    secretsKey: database.env.SECRETS_KEY,
    dataDir: database.env.DATA_DIR,
    bootstrapApiKey: key,
    requireHttps: false,
    allowedNetworks: ['127.0.0.0/8'],
    retrySchedule: '0s,50ms,50ms',
  };
  const root = {
    module: class HostModule {},
    imports: [...before, DocmapWebhooksModule.forRoot({ ...values, ...options }), ...after],
    controllers,
    providers,
  };
  const app = await NestFactory.create(root, ADAPTERS[adapter](), { logger: false, abortOnError: false, ...create });
  await prepare?.(app);
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  return {
    app,
    url,
    api: new ApiClient(url, key),
    as: (userId) => clientOf({ app, url }, userId),
    close: async () => {
      await app.close();
      await database.drop();
    },
  };
}
