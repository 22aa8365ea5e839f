import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import { PrismaPGlite } from 'pglite-prisma-adapter';
import type { DatabaseSession } from '../src/database/database-session.js';
import { migrate } from '../src/database/migrator.js';
import { migrationFaults } from './migration-faults.js';
import { loadSchemaEngine } from './schema-engine.js';

const SCHEMA_PATH = 'prisma/schema.prisma';
const MIGRATIONS_DIR = 'prisma/migrations';

/** The SQL that brings a database with all migrations to the state of the schema; empty when they agree. */
async function drift(schemaPath: string): Promise<string> {
  const database = new PGlite();
  const connection: DatabaseSession = {
    query: async (sql, values) => (await database.query(sql, values)).rows as never,
    script: async (sql) => void (await database.exec(sql)),
  };
  await migrate(connection, MIGRATIONS_DIR, () => undefined);

  const schema = { path: schemaPath, content: await readFile(schemaPath, 'utf8') };
  const { SchemaEngine } = await loadSchemaEngine();
  const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaPGlite(database));
  const engine = await SchemaEngine.new({ datamodels: [[schema.path, schema.content]] }, () => undefined, adapter);
  const { stdout } = await engine.diff({
    from: { tag: 'schemaDatasource', files: [schema], configDir: '.' },
    to: { tag: 'schemaDatamodel', files: [schema] },
    script: true,
    exitCode: true,
    filters: { externalTables: ['public._prisma_migrations'], externalEnums: [] },
  });
  await database.close();
  const script = stdout?.trim() ?? '';
  return script === '-- This is an empty migration.' ? '' : script;
}

/** The faults of all migrations: see {@link migrationFaults}. */
async function faults(): Promise<string[]> {
  const entries = await readdir(MIGRATIONS_DIR, { withFileTypes: true });
  const names = entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
  const found = names.map(async (name, index) => {
    const sql = await readFile(join(MIGRATIONS_DIR, name, 'migration.sql'), 'utf8');
    return migrationFaults(name, sql, names.slice(0, index));
  });
  return (await Promise.all(found)).flat();
}

const [command, argument] = process.argv.slice(2);

if (command === 'check') {
  const schemaPath = argument ?? SCHEMA_PATH;
  const script = await drift(schemaPath);
  if (script !== '') {
    console.error(`${schemaPath} and ${MIGRATIONS_DIR} differ. To bring the migrations up to date:\n\n${script}`);
    process.exit(1);
  }
  const broken = await faults();
  if (broken.length > 0) {
    console.error(`Processes of the previous version can't run with these migrations:\n\n${broken.join('\n')}`);
    process.exit(1);
  }
  console.log(`${schemaPath} and ${MIGRATIONS_DIR} agree.`);
} else if (command === 'new' && argument && /^(?:expand_[a-z0-9_]+|contract_[a-z0-9_]+_after_\d{14})$/.test(argument)) {
  const script = await drift(SCHEMA_PATH);
  const time = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  const folder = join(MIGRATIONS_DIR, `${time}_${argument}`);
  await mkdir(folder);
  await writeFile(join(folder, 'migration.sql'), `${script}\n`);
  for (const fault of await faults()) console.error(fault);
  console.log(`Wrote ${folder}/migration.sql. Read it before you commit it.`);
} else {
  console.error(
    'Usage: migrations check [schema.prisma] | migrations new expand_<what> | migrations new contract_<what>_after_<time>',
  );
  process.exit(2);
}
