import { describe, expect, it } from '@jest/globals';
import { withAdded } from './added-headers.js';

const OURS = { 'content-type': 'application/json', 'webhook-id': 'msg_1' };

describe('Added headers', () => {
  it('follow the headers of the service, which do not change', () => {
    expect(withAdded(OURS, { Authorization: 'Bearer 1', 'x-tenant': 'é' })).toEqual({
      ...OURS,
      authorization: 'Bearer 1',
      'x-tenant': 'é',
    });
    expect(OURS).not.toHaveProperty('authorization');
  });

  it.each([
    'webhook-id',
    'Webhook-Signature',
    'webhook-custom',
    'X-DocMap-Signature',
    'content-type',
    'Content-Length',
    'content-encoding',
    'Host',
    'connection',
    'keep-alive',
    'Proxy-Authorization',
    'te',
    'trailer',
    'Transfer-Encoding',
    'upgrade',
    'expect',
    'user-agent',
    'accept-encoding',
  ])('are refused when one is %s', (name) => {
    expect(() => withAdded(OURS, { [name]: '1' })).toThrow(`The header ${name} can't be added`);
  });

  it.each([
    ['x-a', '1\r\nx-b: 2'],
    ['x-a', '한'],
    ['x a', '1'],
    ['x-a\r\nx-b', '1'],
    ['', '1'],
  ])('are refused when HTTP does not allow one: %j %j', (name, value) => {
    expect(() => withAdded(OURS, { [name]: value })).toThrow(/in header content|valid HTTP token/);
  });
});
