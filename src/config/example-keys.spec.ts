import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { API_KEY } from '../common/api-key-format.js';
import { isExampleKey } from './example-keys.js';

const ROOT = join(import.meta.dirname, '../..');

/** The files with keys that users see: documents, examples and the demo. */
const DOCUMENTS = [
  'README.md',
  'README.ko.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CHANGELOG.md',
  '.env.example',
  'openapi.json',
  ...['docs', 'demo'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true }).flatMap((entry) =>
      entry.isFile() ? [join(entry.parentPath, entry.name).slice(ROOT.length + 1)] : [],
    ),
  ),
];

describe('The example keys', () => {
  const keys = DOCUMENTS.flatMap((path) => readFileSync(join(ROOT, path), 'utf8').match(/dm_live_\w{30,}/g) ?? []);

  it('include every key in a document', () => {
    expect(keys.length).toBeGreaterThan(3);
    expect(keys.filter((key) => API_KEY.test(key) && !isExampleKey(key))).toEqual([]);
  });

  it('include no other key', () => {
    expect(isExampleKey(`dm_live_${'0'.repeat(64)}`)).toBe(false);
    expect(isExampleKey('')).toBe(false);
  });
});
