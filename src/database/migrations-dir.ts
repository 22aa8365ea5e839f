import { fileURLToPath } from 'node:url';

/** Next to the sources and next to the build: both are one folder below the project. */
export const MIGRATIONS_DIR = fileURLToPath(new URL('../../prisma/migrations', import.meta.url));
