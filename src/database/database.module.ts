import { Global, Module } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { Database } from './database.js';
import { MIGRATIONS_DIR } from './migrations-dir.js';
import { openEmbedded } from './open-embedded.js';
import { PrismaService } from './prisma.service.js';
import { ServerDatabase } from './server-database.js';

/** Opens and migrates the database before any other provider is created. */
@Global()
@Module({
  providers: [
    {
      provide: Database,
      inject: [AppConfig],
      useFactory: ({ databaseUrl, directDatabaseUrl, autoMigrate, dataDir }: AppConfig): Promise<Database> =>
        databaseUrl === undefined
          ? openEmbedded(dataDir, MIGRATIONS_DIR, { apply: autoMigrate })
          : ServerDatabase.open(databaseUrl, MIGRATIONS_DIR, {
              directUrl: directDatabaseUrl,
              migrateOnStart: autoMigrate,
            }),
    },
    PrismaService,
  ],
  exports: [Database, PrismaService],
})
export class DatabaseModule {}
