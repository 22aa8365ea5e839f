import { describe, expect, it } from '@jest/globals';
import { API_KEY } from './api-key-format.js';

const well = (length: number) => `dm_live_${'aB3'.repeat(30).slice(0, length)}`;

describe('The form of an API key', () => {
  it.each([
    ['of the documentation', 'dm_live_abc123def456ghi789jkl012mno345'],
    ['as we make them', `dm_live_${'0123456789abcdef'.repeat(4)}`],
    ['of 30 characters', well(30)],
    ['of 64 characters', well(64)],
  ])('is that %s', (_which, key) => {
    expect(key).toMatch(API_KEY);
  });

  it.each([
    ['empty', ''],
    ['the prefix alone', 'dm_live_'],
    ['too short', well(29)],
    ['too long', well(65)],
    ['of another prefix', well(30).replace('live', 'test')],
    ['in another case', well(30).replace('dm_live_', 'DM_LIVE_')],
    ['with a space before', ` ${well(30)}`],
    ['with a line break behind', `${well(30)}\n`],
    ['with a hyphen', `${well(30)}-`],
    ['with an underscore', `${well(30)}_`],
    ['with a letter that is not ASCII', `${well(30)}é`],
    ['with full-width digits', `dm_live_${'１'.repeat(30)}`],
    ['with NUL', `${well(30)}\0`],
    ['of two lines', `x\n${well(30)}`],
    ['followed by another key', `${well(30)},${well(30)}`],
  ])('is not %s', (_what, key) => {
    expect(key).not.toMatch(API_KEY);
  });
});
