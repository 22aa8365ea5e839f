import {
  ConfigurableModuleBuilder,
  Module,
  type ConfigurableModuleAsyncOptions,
  type DynamicModule,
  type NestModule,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { ApplicationConfig, ModulesContainer, Reflector } from '@nestjs/core';
import { API_CONTROLLERS, ApiModule, CONTROLLERS, OperationModule, type ApiControllers } from './api.module.js';
import { AuthModule } from './auth/auth.module.js';
import { ApiRoot } from './common/api-root.js';
import { EventNames } from './common/event-names.js';
import { AppConfig } from './config/app-config.js';
import { configOf, type ConfigOptions } from './config/config-options.js';
import { ConfigError } from './config/config-error.js';
import { DatabaseModule } from './database/database.module.js';
import { DeliveriesModule } from './deliveries/deliveries.module.js';
import { AttemptsSettledEvent } from './dispatcher/attempts-settled.event.js';
import { DispatcherModule } from './dispatcher/dispatcher.module.js';
import { TransportModule } from './dispatcher/transport.module.js';
import { EventsModule } from './events/events.module.js';
import { HealthModule } from './health/health.module.js';
import { Admission } from './http/admission.js';
import { markOwnRoutes } from './http/own-route.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { PART_TOKENS, partProviders, type Parts } from './parts.js';
import { RetentionModule } from './retention/retention.module.js';
import { HostEmitters } from './runtime/host-emitters.js';
import { exemptFromHostEnhancers } from './runtime/host-enhancers.js';
import { RuntimeModule } from './runtime/runtime.module.js';
import { ServiceEmitter } from './runtime/service-emitter.js';
import { assertSingleNest } from './runtime/single-nest.js';
import { StreamsModule } from './streams/streams.module.js';
import { hideEventTypes, showEventTypes } from './webhooks/documented-types.js';
import type { EventTypeDefinition } from './webhooks/event-type.js';
import { EventTypes } from './webhooks/event-types.js';
import { LIFE_CYCLE_EVENTS } from './webhooks/life-cycle.events.js';
import { SecretsCheck } from './webhooks/secrets-check.js';
import { WebhooksModule } from './webhooks/webhooks.module.js';

/** Events that the host application can listen to. */
const PUBLIC_EVENTS = [AttemptsSettledEvent, ...LIFE_CYCLE_EVENTS];

/** Options that must be known when the module is defined, before any factory runs. */
export interface ModuleExtras extends Parts {
  /** Prefix of every route of the API. Default: `v1`. */
  path?: string;
  /** Groups of routes. Groups of the API are on unless false; `health` and `metrics` are off unless true. */
  controllers?: ApiControllers & { health?: boolean; metrics?: boolean };
  /** Modules whose providers the parts can inject. */
  imports?: DynamicModule['imports'];
  /** Event types besides `extraction.completed` and `extraction.failed`: see `defineEventType`. */
  eventTypes?: readonly EventTypeDefinition[];
}

/** Options that can be computed when the application starts. The retry schedule can also be a part. */
export type ModuleOptions = Omit<ConfigOptions, 'retrySchedule'>;

/** The retry schedule: durations, or a part that computes them. */
export interface RetryScheduleOption {
  retrySchedule?: ConfigOptions['retrySchedule'] | Parts['retrySchedule'];
}

type Extras = Omit<ModuleExtras, 'retrySchedule'> & RetryScheduleOption;

const NO_EXTRAS: Extras = {
  path: 'v1',
  controllers: {},
  imports: [],
  eventTypes: [],
  authenticator: undefined,
  sender: undefined,
  retrySchedule: undefined,
  secretCipher: undefined,
  webhookLimit: undefined,
};

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<ModuleOptions>({
  moduleName: 'DocmapWebhooks',
})
  .setClassMethodName('forRoot')
  .setExtras(NO_EXTRAS, assemble)
  .build();

/** The token of the host's own options. */
export { MODULE_OPTIONS_TOKEN };

/** The options of `forRoot`. */
export type DocmapWebhooksOptions = ModuleOptions & Partial<Extras>;
/** The options of `forRootAsync`. */
export type DocmapWebhooksAsyncOptions = ConfigurableModuleAsyncOptions<ModuleOptions> & Partial<Extras>;

/**
 * Webhooks in an application: the API, the queue and the dispatcher. Import it once, in the root module. All modules of the
 * application can inject its services.
 *
 * `forRoot` takes options. `forRootAsync` takes a factory of options.
 */
@Module({})
export class DocmapWebhooksModule
  extends ConfigurableModuleClass
  implements NestModule, OnModuleInit, OnApplicationShutdown
{
  /** @internal */
  constructor(
    private readonly secretsCheck: SecretsCheck,
    private readonly application: ApplicationConfig,
    private readonly reflector: Reflector,
    private readonly admission: Admission,
    private readonly eventTypes: EventTypes,
    emitter: ServiceEmitter,
    hostEmitters: HostEmitters,
    modules: ModulesContainer,
  ) {
    super();
    const imports = [...modules.values()].filter(({ metatype }) => metatype === DocmapWebhooksModule).length;
    if (imports > 1) {
      throw new ConfigError([
        `DocmapWebhooksModule is imported ${imports} times: import it once, in the root module. Its services can be injected everywhere`,
      ]);
    }
    showEventTypes(eventTypes);
    for (const type of PUBLIC_EVENTS) {
      emitter.listen<unknown>(type, (event) => hostEmitters.emit(type.eventName, event));
    }
  }

  /** Nest calls this after all providers exist and before it registers the routes. */
  configure(): void {
    markOwnRoutes(CONTROLLERS, this.reflector);
    this.admission.install();
    exemptFromHostEnhancers(this.application, CONTROLLERS);
  }

  /** Verifies the secrets key before anything is sent, stored or served. */
  onModuleInit(): Promise<void> {
    return this.secretsCheck.verify();
  }

  onApplicationShutdown(): void {
    hideEventTypes(this.eventTypes);
  }
}

function assemble(definition: DynamicModule, extras: Extras): DynamicModule {
  assertSingleNest();
  const { path = 'v1', controllers = {}, imports = [], eventTypes = [], retrySchedule, ...parts } = extras;
  const types = new EventTypes(eventTypes);
  const isPart = typeof retrySchedule === 'function' || isProvider(retrySchedule);
  return {
    ...definition,
    global: true,
    imports: [
      ...new Set([...(definition.imports ?? []), ...imports]),
      RuntimeModule,
      DatabaseModule,
      TransportModule,
      AuthModule,
      WebhooksModule,
      DeliveriesModule,
      EventsModule,
      StreamsModule,
      DispatcherModule,
      RetentionModule,
      HealthModule,
      ApiModule.register(path, controllers),
      OperationModule.register(controllers),
      ...(controllers.metrics ? [MetricsModule] : []),
    ],
    providers: [
      ...(definition.providers ?? []),
      {
        provide: AppConfig,
        inject: [MODULE_OPTIONS_TOKEN],
        useFactory: (options: ConfigOptions) =>
          configOf(isPart ? options : { retrySchedule, ...options }, {
            faults: [...types.faults(), ...faultsOfExtras(extras)],
            extras: Object.keys(NO_EXTRAS),
            secretsKey: parts.secretCipher === undefined,
            eventTypes: types.logged,
          }),
      },
      // A value, because the OpenAPI document is made from an application that does not start.
      { provide: EventTypes, useValue: types },
      { provide: EventNames, useExisting: EventTypes },
      Admission,
      {
        provide: ApiRoot,
        inject: [ApplicationConfig],
        useFactory: (application: ApplicationConfig) => new ApiRoot(path, application),
      },
      ...partProviders({ ...parts, ...(isPart ? { retrySchedule } : {}) }),
    ],
    exports: [
      AppConfig,
      EventTypes,
      EventNames,
      ApiRoot,
      ...PART_TOKENS,
      // Senders in modules of the host inject its exports.
      TransportModule,
      AuthModule,
      WebhooksModule,
      DeliveriesModule,
      EventsModule,
      HealthModule,
    ],
  };
}

const SEGMENT = /^[\w.~-]+$/;

/** Faults of the options that are known when the module is defined. */
function faultsOfExtras({ path = 'v1', controllers = {} }: Extras): string[] {
  const groups = [...Object.keys(API_CONTROLLERS), 'health', 'metrics'];
  return [
    ...(path.split('/').every((segment, index) => (segment === '' && index === 0) || SEGMENT.test(segment))
      ? []
      : [
          `path must be segments of letters, digits, ".", "_", "~" and "-" with "/" between them; it is ${JSON.stringify(path)}`,
        ]),
    ...Object.keys(controllers)
      .filter((name) => !groups.includes(name))
      .map((name) => `controllers: ${name} is not a group of routes; the groups are ${groups.join(', ')}`),
  ];
}

function isProvider(option: unknown): option is Exclude<Parts['retrySchedule'], undefined> {
  return typeof option === 'object' && option !== null && !Array.isArray(option);
}
