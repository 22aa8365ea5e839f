import { writeFileSync } from 'node:fs';
import { NestFactory, RouterModule } from '@nestjs/core';
import { InitializeOnPreviewAllowlist } from '@nestjs/core/inspector/initialize-on-preview.allowlist.js';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createDocument } from './api-document/api-document.js';
import { AppModule } from './app.module.js';
import { createAdapter } from './app.setup.js';
import { loadConfig } from './config/environment.js';

// RouterModule sets the paths of modules in its constructor, which preview mode skips by default.
InitializeOnPreviewAllowlist.add(RouterModule);
// Preview mode reads the decorators and creates no providers, so no database is opened.
const app = await NestFactory.create<NestFastifyApplication>(AppModule.register(loadConfig({})), createAdapter(), {
  preview: true,
  logger: ['error'],
});
writeFileSync(process.argv[2] ?? 'openapi.json', `${JSON.stringify(createDocument(app), null, 2)}\n`);
process.exit(0);
