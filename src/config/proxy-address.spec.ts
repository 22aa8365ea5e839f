import { describe, expect, it } from '@jest/globals';
import { parseProxyAddress } from './proxy-address.js';

function credentialsOf(text: string): string | undefined {
  const header = parseProxyAddress(text)?.authorization;
  return header && Buffer.from(header.replace(/^Basic /, ''), 'base64').toString();
}

describe('parseProxyAddress', () => {
  it.each([
    ['http://proxy.example.com:3128', 'http:', 'proxy.example.com', '3128'],
    ['http://proxy.example.com:3128/', 'http:', 'proxy.example.com', '3128'],
    ['HTTP://Proxy.Example.com', 'http:', 'proxy.example.com', '80'],
    ['https://proxy.example.com', 'https:', 'proxy.example.com', '443'],
    ['http://10.0.0.8:8080', 'http:', '10.0.0.8', '8080'],
    ['http://[fd00::8]:8080', 'http:', '[fd00::8]', '8080'],
    ['http://squid:3128', 'http:', 'squid', '3128'],
  ])('reads %s', (text, protocol, hostname, port) => {
    expect(parseProxyAddress(text)).toEqual({ protocol, hostname, port, authorization: undefined });
  });

  it.each([
    ['http://user:password@proxy:1', 'user:password'],
    ['http://user@proxy:1', 'user:'],
    ['http://:password@proxy:1', ':password'],
    ['http://user:p%40ss%3A%2F%25@proxy:1', 'user:p@ss:/%'],
    ['http://j%C3%BCrgen:%E2%82%AC@proxy:1', 'jürgen:€'],
    ['http://user:a:b@proxy:1', 'user:a:b'],
  ])('decodes the credentials of %s', (text, credentials) => {
    expect(credentialsOf(text)).toBe(credentials);
  });

  it.each([
    ['', 'it is empty'],
    ['proxy.example.com:3128', 'it has no scheme'],
    ['socks5://proxy:1080', 'its scheme is not HTTP'],
    ['http:proxy', 'it has no slashes'],
    ['http://', 'it has no host'],
    ['http://proxy:70000', 'its port is too high'],
    ['http://proxy:3128/path', 'it has a path'],
    ['http://proxy:3128?x', 'it has a query'],
    ['http://proxy:3128/#', 'it has a fragment'],
    ['http://a b@proxy:3128', 'it has a space'],
    ['http://us%3Aer:x@proxy', 'its user name has a colon'],
    ['http://user:%0d%0aX-A: 1@proxy', 'its password has a line break'],
    ['http://user:%00@proxy', 'its password has a NUL'],
    ['http://user:100%@proxy', 'its password is not percent-encoded'],
    ['http://user:%ff@proxy', 'its password is not UTF-8'],
  ])('refuses %j, because %s', (text) => {
    expect(parseProxyAddress(text)).toBeUndefined();
  });
});
