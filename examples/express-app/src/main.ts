import 'reflect-metadata';
import { Controller, Module, Param, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DocmapWebhooksModule, EventsService, ExtractionCompletedEvent } from 'docmap-webhooks';

@Controller('documents')
class DocumentsController {
  constructor(private readonly events: EventsService) {}

  @Post(':id/complete')
  complete(@Param('id') extractionId: string) {
    return this.events.publish(new ExtractionCompletedEvent({ userId: 'uid_local', extractionId, data: { pages: 3 } }));
  }
}

@Module({
  // For development: allows receivers on this machine, without HTTPS.
  imports: [DocmapWebhooksModule.forRoot({ requireHttps: false, allowedNetworks: ['127.0.0.0/8'] })],
  controllers: [DocumentsController],
})
class AppModule {}

const app = await NestFactory.create(AppModule);
app.enableShutdownHooks();
await app.listen(process.env.PORT ?? 3000);
console.log(`Listening on ${await app.getUrl()}`);
