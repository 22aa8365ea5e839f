import 'reflect-metadata';
import { ConsoleLogger, Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { hardenServer } from 'docmap-webhooks';
import { AppModule } from './app.module.js';
import { setUpSwagger } from './open-api.js';

const app = await NestFactory.create(AppModule, new FastifyAdapter(), { bufferLogs: true });
app.useLogger(new ConsoleLogger({ json: true }));
app.enableShutdownHooks();
hardenServer(app, { maxConnections: 5_000, docsPath: 'docs' });
setUpSwagger(app);
await app.listen(process.env.PORT ?? 3000);
new Logger('main').log(`Listening on ${await app.getUrl()}`);
