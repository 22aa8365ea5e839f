import { importSpecs } from '../jest/import-specs.js';

await importSpecs(import.meta.filename);
