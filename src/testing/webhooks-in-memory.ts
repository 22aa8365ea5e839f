import { randomBytes } from 'node:crypto';
import { generateKey } from '../auth/new-key.js';
import { AppConfig } from '../config/app-config.js';
import { configOf, type ConfigOptions } from '../config/config-options.js';
import { Database } from '../database/database.js';
import { MIGRATIONS_DIR } from '../database/migrations-dir.js';
import { openInMemory } from '../database/open-embedded.js';
import { WebhookSender } from '../dispatcher/webhook-sender.js';
import { MODULE_OPTIONS_TOKEN } from '../docmap-webhooks.module.js';
import { EventTypes } from '../webhooks/event-types.js';
import { MemorySender } from './memory-sender.js';

/** What is used of the `TestingModuleBuilder` of `@nestjs/testing`. */
export interface OverridableModule {
  overrideProvider(token: unknown): {
    useValue(value: unknown): unknown;
    useFactory(options: { factory: (...dependencies: never[]) => unknown; inject?: unknown[] }): unknown;
  };
}

/** Options of {@link webhooksInMemory}: settings of the module that a test changes, and the sender. */
export interface TestingOptions extends ConfigOptions {
  /** Default: a new {@link MemorySender}. */
  sender?: WebhookSender;
}

/** A key with all scopes, of `uid_local`, if the application does not set `bootstrapApiKey` and `bootstrapUserId`. */
export const testApiKey = generateKey();

/** Not there: nothing is read from a directory, and nothing is written to one. */
const NO_DIRECTORY = `/nonexistent/docmap-webhooks-${process.pid}`;

/**
 * Lets an application under test run without PostgreSQL, network and port. Call it with the builder of `@nestjs/testing`
 * before `compile`. The `DocmapWebhooksModule` that the application imports then has
 *
 * - an embedded database in memory, a new one for each application, which needs the package `@electric-sql/pglite`;
 * - a {@link MemorySender}, or `options.sender`, in the place of its own sender;
 * - its own options, except for database, role, keys and directory, and a quick `retrySchedule` of three attempts.
 *
 * Its other parts stay: override a `SecretCipher` that needs a network with `overrideProvider` too. `app.init()` is enough
 * to publish and deliver. `app.close()` ends everything, also the database.
 *
 * ```ts
 * const sender = new MemorySender();
 * const builder = Test.createTestingModule({ imports: [AppModule] });
 * const module = await webhooksInMemory(builder, { sender }).compile();
 * const app = await module.createNestApplication().init();
 * await app.get(EventsService).publish(event);
 * await deliveriesSettled(app);
 * expect(sender.requests).toHaveLength(1);
 * await app.close();
 * ```
 *
 * @returns the builder
 */
export function webhooksInMemory<Builder extends OverridableModule>(
  builder: Builder,
  { sender = new MemorySender(), ...changes }: TestingOptions = {},
): Builder {
  builder.overrideProvider(AppConfig).useFactory({
    inject: [MODULE_OPTIONS_TOKEN, EventTypes],
    factory: (options: ConfigOptions, types: EventTypes) =>
      configOf(
        {
          bootstrapApiKey: testApiKey,
          ...options,
          ...OF_EVERY_TEST,
          secretsKey: randomBytes(32),
          ...changes,
        },
        types.faults(),
      ),
  });
  builder.overrideProvider(Database).useFactory({ factory: () => openInMemory(MIGRATIONS_DIR) });
  builder.overrideProvider(WebhookSender).useValue(sender);
  return builder;
}

const OF_EVERY_TEST: ConfigOptions = {
  databaseUrl: undefined,
  directDatabaseUrl: undefined,
  schema: undefined,
  dataDir: NO_DIRECTORY,
  autoMigrate: true,
  role: 'all',
  secretsKeyFallbacks: undefined,
  retrySchedule: [0, 20, 20],
  shutdownDelayMs: 0,
};
