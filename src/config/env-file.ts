import { existsSync } from 'node:fs';

/** Adds the variables of the file `.env` in the working directory to the environment. Variables that are set keep their values. */
export function loadEnvFile(): void {
  if (existsSync('.env')) process.loadEnvFile('.env');
}
