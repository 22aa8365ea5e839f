import { fileURLToPath } from 'node:url';

/** The folder of the migrations. Sources and build are both one folder below the project. */
export const MIGRATIONS_DIR = fileURLToPath(new URL('../../prisma/migrations', import.meta.url));
