import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadSchemaEngine } from '../../scripts/schema-engine.js';
import { migrate } from '../../src/database/migrator.js';
import { emptyServerDatabase, type EmptyServerDatabase } from './support/empty-database.js';
import { describeOnServer } from './support/kinds.js';
import { MIGRATIONS_DIR, migrationNames } from './support/migrations-folder.js';

