import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { runs } from '../../test/support/run-length.js';
import { malformedKeyMessage, missingKeyMessage } from './credentials-fault.js';

const KEY = 'dm_live_abc123def456ghi789jkl012mno345';

describe('The message for a wrong Authorization header', () => {
  it('is one of a few sentences and repeats nothing of the header', () => {
    const scraps = fc.constantFrom('Bearer', 'Token', ' ', ':', '"', '<', '>', '$', ',', '...', KEY, 'dm_live_', 'key');
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(scraps).map((parts) => parts.join('')),
    );
    const messages = new Set<string>();
    fc.assert(
      fc.property(text, (text) => {
        messages.add(String(missingKeyMessage({ authorization: text })));
        messages.add(String(missingKeyMessage({ 'x-api-key': text }, `/?token=${text}`)));
        messages.add(String(malformedKeyMessage(text === '' ? 'x' : text)));
      }),
      { numRuns: runs(1_000) },
    );
    expect(messages.size).toBeGreaterThan(8);
    expect(messages.size).toBeLessThan(18);
    for (const message of messages) expect(message).toMatch(/^(An API key is missing|The API key is invalid): .+\.$/);
  });
});
