import { defineConfig } from 'prisma/config';

// `prisma generate` needs no schema engine, yet the CLI downloads one unless this names an executable.
// Commands that do need the engine (`migrate deploy` and the like) keep the real one.
if (process.argv.includes('generate')) {
  process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;
}

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  ...(process.env.DATABASE_URL ? { datasource: { url: process.env.DATABASE_URL } } : {}),
});
