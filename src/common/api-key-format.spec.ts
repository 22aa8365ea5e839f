import { describe, expect, it } from '@jest/globals';
import { API_KEY } from './api-key-format.js';

const well = (length: number) => `dm_live_${'aB3'.repeat(30).slice(0, length)}`;

describe('The API key format', () => {
  it.each([
    ['of the documentation', 'dm_live_abc123def456ghi789jkl012mno345'],
    ['that the service generates', `dm_live_${'0123456789abcdef'.repeat(4)}`],
    ['of 30 characters', well(30)],
    ['of 64 characters', well(64)],
  ])('accepts a key %s', (_which, key) => {
    expect(key).toMatch(API_KEY);
  });

  it.each([
    ['empty', ''],
    ['that is only the prefix', 'dm_live_'],
    ['that is too short', well(29)],
    ['that is too long', well(65)],
    ['with another prefix', well(30).replace('live', 'test')],
    ['with an upper-case prefix', well(30).replace('dm_live_', 'DM_LIVE_')],
    ['after a space', ` ${well(30)}`],
    ['before a line break', `${well(30)}\n`],
    ['with a hyphen', `${well(30)}-`],
    ['with an underscore', `${well(30)}_`],
    ['with a non-ASCII letter', `${well(30)}é`],
    ['with full-width digits', `dm_live_${'１'.repeat(30)}`],
    ['with NUL', `${well(30)}\0`],
    ['on the second of two lines', `x\n${well(30)}`],
    ['before another key', `${well(30)},${well(30)}`],
  ])('rejects a key %s', (_what, key) => {
    expect(key).not.toMatch(API_KEY);
  });
});
