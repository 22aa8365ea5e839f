/**
 * An application that imports the package. It is compiled and run where the package is installed, and prints its
 * results.
 */
import 'reflect-metadata';
import { Body, Controller, Module, Post, ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MaxLength } from 'class-validator';
import { DocmapWebhooksModule, EventsService, ExtractionCompletedEvent } from 'docmap-webhooks';

const { HOST_DATABASE_URL, HOST_DATA_DIR = '', HOST_SCHEMA = 'docmap' } = process.env;
const key = `dm_live_${'4'.repeat(64)}`;

/** The package has a class of this name, with other rules. */
class CreateWebhookDto {
  @MaxLength(3)
  url!: string;
}

@Controller('own')
class OwnController {
  constructor(private readonly events: EventsService) {}

  @Post()
  create(@Body() { url }: CreateWebhookDto): string {
    return url;
  }

  @Post('publish')
  async publish(): Promise<number> {
    const event = new ExtractionCompletedEvent({ userId: 'uid_host', extractionId: 'extract-1', data: {} });
    return (await this.events.publish(event)).deliveries;
  }
}

@Module({
  controllers: [OwnController],
  imports: [
    DocmapWebhooksModule.forRootAsync({
      useFactory: () => ({
        ...(HOST_DATABASE_URL === undefined ? {} : { databaseUrl: HOST_DATABASE_URL, schema: HOST_SCHEMA }),
        dataDir: HOST_DATA_DIR,
        secretsKey: '0123456789abcdef'.repeat(4),
        bootstrapApiKey: key,
        bootstrapUserId: 'uid_host',
        requireHttps: false,
        allowedNetworks: ['127.0.0.0/8'],
      }),
    }),
  ],
})
class HostModule {}

const app = await NestFactory.create(HostModule, { logger: false, abortOnError: false });
app.useGlobalPipes(new ValidationPipe());
await app.listen(0, '127.0.0.1');
const url = await app.getUrl();

async function post(path: string, body: unknown): Promise<[number, unknown]> {
  const response = await fetch(`${url}/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return [response.status, response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text];
}

const webhook = { url: 'http://127.0.0.1:65535/hook', events: ['extraction.completed'] };
const answers = {
  ownWithinItsRule: (await post('own', { url: 'abc' }))[0],
  ownAgainstItsRule: (await post('own', { url: 'abcd' }))[0],
  webhook: (await post('v1/webhooks', webhook))[0],
  webhookWithUnknownEvent: (await post('v1/webhooks', { ...webhook, events: ['other'] }))[0],
  deliveries: Number((await post('own/publish', {}))[1]),
};
await app.close();
process.stdout.write(JSON.stringify(answers));
