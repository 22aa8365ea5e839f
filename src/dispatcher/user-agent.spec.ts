import { expect, it } from '@jest/globals';
import { VERSION } from '../common/version.js';
import { userAgent } from './user-agent.js';

it.each([
  [undefined, `DocMap-Webhooks/${VERSION}`],
  ['https://docmap.example/webhooks', `DocMap-Webhooks/${VERSION} (+https://docmap.example/webhooks)`],
  ['security@docmap.example', `DocMap-Webhooks/${VERSION} (+mailto:security@docmap.example)`],
])('The user agent names the contact %s', (contact, expected) => {
  expect(userAgent(contact)).toBe(expected);
});
