import { fileURLToPath } from 'node:url';
import { Global, Module } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { Database } from './database.js';
import { EmbeddedDatabase } from './embedded-database.js';
import { PrismaService } from './prisma.service.js';
import { ServerDatabase } from './server-database.js';

/** Beside the sources and beside the build: both lie one folder below the project. */
const MIGRATIONS_DIR = fileURLToPath(new URL('../../prisma/migrations', import.meta.url));

/** Opens and migrates the database before any other provider is made. */
@Global()
@Module({
  providers: [
    {
      provide: Database,
      inject: [AppConfig],
      useFactory: ({ databaseUrl, dataDir }: AppConfig): Promise<Database> =>
        databaseUrl === undefined
          ? EmbeddedDatabase.open(dataDir, MIGRATIONS_DIR)
          : ServerDatabase.open(databaseUrl, MIGRATIONS_DIR),
    },
    PrismaService,
  ],
  exports: [Database, PrismaService],
})
export class DatabaseModule {}
