import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ExpressAdapter } from '@nestjs/platform-express';
import { SwaggerModule } from '@nestjs/swagger';
import { Test, type TestingModule, type TestingModuleBuilder } from '@nestjs/testing';
import { createDocument } from '../../src/api-document/api-document.js';
import { hardenServer } from '../../src/http/harden-server.js';
import { AppModule } from '../../src/app.module.js';
import { APP_OPTIONS, configureApp, createAdapter, DOCS_OPTIONS } from '../../src/app.setup.js';
import { loadConfig } from '../../src/config/environment.js';
import { ApiClient } from './api-client.js';
import { BOOTSTRAP_KEY } from './bootstrap-key.js';
import { newDatabase, type TestDatabase } from './database.js';
import { clientOf } from './user-client.js';

/** Set where the tests run on another HTTP framework than the service. */
declare const TEST_ADAPTER: 'express' | undefined;

export interface TestApp {
  app: NestFastifyApplication;
  /** Such as `http://127.0.0.1:41234`. */
  url: string;
  /** Calls the API with the bootstrap key, which has all scopes and belongs to `uid_local`. */
  api: ApiClient;
  /** Calls the API as another user. */
  as(userId: string): Promise<ApiClient>;
  /** Stops the service and drops its database. */
  close(): Promise<void>;
}

interface TestAppOptions {
  /** Environment variables besides those of the tests. */
  env?: Record<string, string>;
  /** A database to use instead of a new one; the caller drops it. */
  database?: TestDatabase;
  /** Replaces providers. */
  override?: (builder: TestingModuleBuilder) => TestingModuleBuilder;
  /** Changes the application before its routes are made, as a host application may. */
  prepare?: (app: NestFastifyApplication) => unknown;
}

/** The module as an application on Express has it. */
function onExpress(module: TestingModule): NestFastifyApplication {
  const app = module.createNestApplication(new ExpressAdapter(), { logger: false });
  hardenServer(app);
  SwaggerModule.setup('docs', app, () => createDocument(app as NestFastifyApplication), DOCS_OPTIONS);
  return app as unknown as NestFastifyApplication;
}

/**
 * Names anonymous plugins. Fastify looks for their names in all loaded modules. In Jest, that takes a sixth of the processor time
 * of a start.
 */
function namePlugins(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance() as unknown as Registering;
  const { register } = fastify;
  fastify.register = function (plugin, options) {
    if (plugin.name === '') Object.assign(plugin, { [Symbol.for('fastify.display-name')]: 'anonymous' });
    return register.call(this, plugin, options);
  };
}

interface Registering {
  register: (this: Registering, plugin: { name?: string }, options: unknown) => unknown;
}

/**
 * Starts the service as in production, on a free port and on a database of its own. Receivers on loopback are allowed.
 */
export async function startApp({
  env = {},
  database: given,
  override,
  prepare,
}: TestAppOptions = {}): Promise<TestApp> {
  const database = given ?? (await newDatabase());
  const config = loadConfig({
    PORT: '0',
    HOST: '127.0.0.1',
    LOG_LEVEL: 'silent',
    BOOTSTRAP_API_KEY: BOOTSTRAP_KEY,
    WEBHOOK_REQUIRE_HTTPS: 'false',
    WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8,::1/128',
    RETRY_SCHEDULE: '0s,50ms,50ms',
    RATE_LIMIT_PER_MINUTE: '0',
    AUTH_FAILURES_PER_MINUTE: '0',
    ...database.env,
    ...env,
  });
  const builder = Test.createTestingModule({ imports: [AppModule.register(config)] });
  const module = await (override?.(builder) ?? builder).compile();
  const app =
    typeof TEST_ADAPTER === 'undefined'
      ? module.createNestApplication<NestFastifyApplication>(createAdapter(config), { ...APP_OPTIONS, logger: false })
      : onExpress(module);
  if (typeof TEST_ADAPTER === 'undefined') {
    namePlugins(app);
    configureApp(app, config);
  }
  prepare?.(app);
  await app.listen(0, '127.0.0.1').catch(async (error: unknown) => {
    await app.close();
    throw error;
  });
  const url = await app.getUrl();
  const api = new ApiClient(url, BOOTSTRAP_KEY);
  return {
    app,
    url,
    api,
    as: (userId) => clientOf({ app, url }, userId),
    close: async () => {
      await app.close();
      if (given === undefined) await database.drop();
    },
  };
}
