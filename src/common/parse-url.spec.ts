import { expect, it } from '@jest/globals';
import { parseUrl } from './parse-url.js';

it('parseUrl accepts a URL with non-ASCII characters after 20,000 calls', () => {
  for (let count = 0; count < 20_000; count += 1) {
    if (parseUrl('https://B\u00dcCHER.example/')?.hostname !== 'xn--bcher-kva.example') throw new Error(`${count}`);
  }
  expect(parseUrl('https://\u00e4 b/')).toBeUndefined();
});
