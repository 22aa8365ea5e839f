import { join } from 'node:path';
import { importSpecs } from '../support/import-specs.js';

await importSpecs(join(import.meta.dirname, 'contract'));
