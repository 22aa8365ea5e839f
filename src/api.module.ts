import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { ApiKeysController } from './auth/api-keys.controller.js';
import { AuthModule } from './auth/auth.module.js';
import { BacklogController } from './deliveries/backlog.controller.js';
import { DeliveriesController } from './deliveries/deliveries.controller.js';
import { DeliveriesModule } from './deliveries/deliveries.module.js';
import { EventsController } from './events/events.controller.js';
import { EventsModule } from './events/events.module.js';
import { RecoveriesController } from './events/recoveries.controller.js';
import { TestEventController } from './events/test-event.controller.js';
import { HealthController } from './health/health.controller.js';
import { HealthModule } from './health/health.module.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { EventTypesController } from './webhooks/event-types.controller.js';
import { FilterTestController } from './webhooks/filter-test.controller.js';
import { WebhooksController } from './webhooks/webhooks.controller.js';
import { EventStreamController } from './streams/event-stream.controller.js';
import { StreamsModule } from './streams/streams.module.js';
import { WebhooksModule } from './webhooks/webhooks.module.js';

/** Controllers by the name of their option. Routes with fixed segments come before those with parameters. */
export const API_CONTROLLERS = {
  deliveries: [DeliveriesController, BacklogController],
  webhooks: [FilterTestController, WebhooksController, TestEventController, RecoveriesController, EventTypesController],
  events: [EventStreamController, EventsController],
  apiKeys: [ApiKeysController],
} satisfies Record<string, Type[]>;

/** All controllers of this package. */
export const CONTROLLERS: ReadonlySet<Type> = new Set<Type>([
  ...Object.values(API_CONTROLLERS).flat(),
  HealthController,
  MetricsController,
]);

export type ApiControllers = Partial<Record<keyof typeof API_CONTROLLERS, boolean>>;

/** The routes of the API. */
@Module({ imports: [AuthModule, WebhooksModule, DeliveriesModule, EventsModule, StreamsModule] })
export class ApiModule {
  /**
   * @param path prefix of every route
   * @param chosen groups of controllers; those with false are omitted
   */
  static register(path: string, chosen: ApiControllers): DynamicModule {
    const controllers = Object.entries(API_CONTROLLERS).flatMap(([name, group]): Type[] =>
      chosen[name as keyof ApiControllers] === false ? [] : group,
    );
    return { module: ApiModule, imports: [RouterModule.register([{ path, module: ApiModule }])], controllers };
  }
}

/** Routes for operators, outside the path of the API. */
@Module({})
export class OperationModule {
  static register({ health = false, metrics = false }: { health?: boolean; metrics?: boolean }): DynamicModule {
    return {
      module: OperationModule,
      imports: [AuthModule, HealthModule, ...(metrics ? [MetricsModule] : [])],
      controllers: [...(health ? [HealthController] : []), ...(metrics ? [MetricsController] : [])],
    };
  }
}
