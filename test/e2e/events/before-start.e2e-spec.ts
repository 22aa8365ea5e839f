import { EventEmitter2 } from '@nestjs/event-emitter';
import { Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from '@jest/globals';
import { AppModule } from '../../../src/app.module.js';
import { createAdapter } from '../../../src/app.setup.js';
import { loadConfig } from '../../../src/config/environment.js';
import { ExtractionCompletedEvent } from '../../../src/events/extraction.events.js';
import { startApp } from '../../support/app.js';
import { newDatabase } from '../../support/database.js';
import { Receiver } from '../../support/receiver.js';
import { newSubscriber } from '../support/subscriber.js';

const given = { userId: '' };

/** A module of a host that emits while the application is still starting. */
@Injectable()
class EarlyProducer {
  constructor(private readonly emitter: EventEmitter2) {}

  async onModuleInit(): Promise<void> {
    await this.emitter.emitAsync('extraction.completed', eventOf('extract-module-init'));
  }

  onApplicationBootstrap(): void {
    this.emitter.emit('extraction.completed', eventOf('extract-bootstrap'));
  }
}

@Module({ providers: [EarlyProducer] })
class ProducerModule {}

function eventOf(extractionId: string): ExtractionCompletedEvent {
  return new ExtractionCompletedEvent({ userId: given.userId, extractionId, data: {} });
}

describe('An extraction event that is emitted while the application starts', () => {
  it('is accepted and delivered', async () => {
    const database = await newDatabase();
    const receiver = await Receiver.start();
    const before = await startApp({ database });
    const subscriber = await newSubscriber(before, receiver.url);
    given.userId = subscriber.userId;
    await before.close();

    const env = {
      ...database.env,
      LOG_LEVEL: 'silent',
      WEBHOOK_REQUIRE_HTTPS: 'false',
      WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8',
    };
    const imports = [ProducerModule, AppModule.register(loadConfig(env))];
    const module = await Test.createTestingModule({ imports }).compile();
    const emitter = module.get(EventEmitter2);
    await emitter.emitAsync('extraction.completed', eventOf('extract-compiled'));
    const app = module.createNestApplication(createAdapter(), { logger: false });
    emitter.emit('extraction.completed', eventOf('extract-created'));
    await app.init();

    const requests = await receiver.received(4);
    expect(new Set(requests.map(({ body }) => JSON.parse(body).data.id))).toEqual(
      new Set(['extract-compiled', 'extract-created', 'extract-module-init', 'extract-bootstrap']),
    );
    await app.close();
    await receiver.close();
    await database.drop();
  });
});
