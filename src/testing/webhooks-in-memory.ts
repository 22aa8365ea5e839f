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

/** The part of `TestingModuleBuilder` of `@nestjs/testing` that is used. */
export interface OverridableModule {
  overrideProvider(token: unknown): {
    useValue(value: unknown): unknown;
    useFactory(options: { factory: (...dependencies: never[]) => unknown; inject?: unknown[] }): unknown;
  };
}

/** Options of {@link webhooksInMemory}: the sender, and settings of the module that the test changes. */
export interface TestingOptions extends ConfigOptions {
  /** Default: a new {@link MemorySender}. */
  sender?: WebhookSender;
}

/** A key of `uid_local` with all scopes. It exists unless the application sets `bootstrapApiKey` and `bootstrapUserId`. */
export const testApiKey = generateKey();

/** Does not exist. Tests read and write no data directory. */
const NO_DIRECTORY = `/nonexistent/docmap-webhooks-${process.pid}`;

/**
 * Makes an application under test run without PostgreSQL, network and port. Call it with the builder of `@nestjs/testing`
 * before `compile`. The `DocmapWebhooksModule` of the application then has
 *
 * - a new embedded database in memory per application, which needs the package `@electric-sql/pglite`;
 * - a {@link MemorySender}, or `options.sender`, instead of its own sender;
 * - its own options, except for database, role, keys and directory, and a fast `retrySchedule` of three attempts.
 *
 * Other parts stay. If a `SecretCipher` needs a network, override it with `overrideProvider` too. `app.init()` suffices to
 * publish and deliver. `app.close()` also closes the database.
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
        { faults: types.faults(), eventTypes: types.logged },
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
