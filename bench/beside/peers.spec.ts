import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { parsePeers } from './peers.js';

const EXAMPLES = fileURLToPath(new URL('../peers/', import.meta.url));
const RECEIVER = 'http://127.0.0.1:9900';

const PEER = {
  name: 'Other',
  publish: {
    url: 'http://127.0.0.1:8071/app/{{uuid}}/msg?x={{id}}',
    headers: { Authorization: 'Bearer {{env.TOKEN}}' },
    body: { id: '{{id}}', at: '{{receiver}}/note/other', text: '{{text}}', when: '{{timestamp}}' },
  },
  publishToHanging: { body: { id: '{{id}}' } },
  processes: { server: ['other-server'], stores: ['^postgres: .*\\bother\\b'] },
};
const EVENT = { id: 'extract-1-2', uuid: 'u', text: 'xxx', timestamp: '2026-01-01T00:00:00.000Z' };

function parse(file: unknown, env: NodeJS.ProcessEnv = { TOKEN: 't0ken' }) {
  return parsePeers(JSON.stringify(file), env);
}

/** The file with one peer, which differs from {@link PEER} in some fields. */
function withPeer(fields: object): object {
  return { peers: [{ ...PEER, ...fields }] };
}

describe('parsePeers', () => {
  it('fills in placeholders of the run and of an event', () => {
    const [peer] = parse({ peers: [PEER] }).peersAt(RECEIVER);
    expect(peer?.publish.origin).toBe('http://127.0.0.1:8071');
    expect(peer?.publish.path.render(EVENT)).toBe('/app/u/msg?x=extract-1-2');
    expect(peer?.publish.headers.authorization?.render(EVENT)).toBe('Bearer t0ken');
    expect(peer?.publish.headers['content-type']?.render(EVENT)).toBe('application/json');
    expect(JSON.parse(peer?.publish.body.render(EVENT) ?? '')).toEqual({
      id: 'extract-1-2',
      at: `${RECEIVER}/note/other`,
      text: 'xxx',
      when: EVENT.timestamp,
    });
  });

  it('takes fields from publish when publishToHanging lacks them', () => {
    const [peer] = parse({ peers: [PEER] }).peersAt(RECEIVER);
    expect(peer?.publishToHanging.path.render(EVENT)).toBe('/app/u/msg?x=extract-1-2');
    expect(peer?.publishToHanging.body.render(EVENT)).toBe('{"id":"extract-1-2"}');
  });

  it('reads the port of the receiver and the settings of this service', () => {
    const { receiverPort, ours } = parse({
      receiverPort: 9900,
      ours: { env: { DISPATCH_CONCURRENCY_PER_WEBHOOK: 128 }, stores: ['^postgres: '] },
      peers: [PEER],
    });
    expect(receiverPort).toBe(9900);
    expect(ours.env).toEqual({ DISPATCH_CONCURRENCY_PER_WEBHOOK: '128' });
    expect(ours.stores).toEqual([/^postgres: /]);
  });

  it.each<[string, unknown, string]>([
    ['no object', [], 'The file must be an object, such as {"name": "value"}'],
    ['no peers', {}, 'peers: is missing'],
    ['an empty list', { peers: [] }, 'peers: must be a list that is not empty'],
    ['two of a name', { peers: [PEER, PEER] }, 'peers: two have the name "Other"'],
    [
      'an unknown field',
      { peers: [PEER], port: 1 },
      'port: there is no such field; there are: receiverPort, ours, peers',
    ],
    [
      'a port out of range',
      { receiverPort: 70_000, peers: [PEER] },
      'receiverPort: must be a whole number from 1 to 65535, not 70000',
    ],
    ['a missing name', withPeer({ name: '' }), 'peers[0].name: must be a text that is not empty, not ""'],
    [
      'an unknown placeholder',
      withPeer({ publish: { ...PEER.publish, body: '{{id}} {{ID}}' } }),
      'peers[0].publish.body: there is no placeholder {{ID}}; there are: {{id}}, {{uuid}}, {{text}}, {{timestamp}}, {{receiver}}, {{env.NAME}}',
    ],
    [
      'a body without the id',
      withPeer({ publish: { ...PEER.publish, body: { text: '{{text}}' } } }),
      'peers[0].publish.body: it must have the placeholder {{id}}, by which the receiver knows the event',
    ],
    [
      'another protocol',
      withPeer({ publish: { ...PEER.publish, url: 'redis://127.0.0.1' } }),
      'peers[0].publish.url: must be an http or https URL, not "redis://127.0.0.1"',
    ],
    [
      'another method',
      withPeer({ publish: { ...PEER.publish, method: 'GET' } }),
      'peers[0].publish.method: must be one of POST, PUT, not "GET"',
    ],
    [
      'a wrong pattern',
      withPeer({ processes: { ...PEER.processes, server: ['('] } }),
      'peers[0].processes.server[0]: Invalid regular expression: /(/: Unterminated group',
    ],
    [
      'a pattern of an event',
      withPeer({ processes: { ...PEER.processes, server: ['{{id}}'] } }),
      'peers[0].processes.server[0]: {{id}} is not possible here, because it differs from event to event',
    ],
  ])('refuses a file with %s', (_fault, file, message) => {
    expect(() => parse(file)).toThrow(new Error(message));
  });

  it('names the variable when the environment lacks it', () => {
    expect(() => parse({ peers: [PEER] }, {})).toThrow(
      new Error('peers[0].publish.headers.Authorization: the environment has no variable TOKEN'),
    );
  });

  it.each(readdirSync(EXAMPLES).filter((name) => name.endsWith('.json')))('reads the example %s', (name) => {
    const text = readFileSync(`${EXAMPLES}${name}`, 'utf8');
    const variables = [...text.matchAll(/\{\{env\.(\w+)\}\}/g)].map(
      ([, variable = ''], index) => [variable, String(5_000 + index)] as const,
    );
    const [peer] = parsePeers(text, Object.fromEntries(variables)).peersAt(RECEIVER);
    const both = [peer?.publish, peer?.publishToHanging].map(
      (each) => `${each?.path.render(EVENT)} ${each?.body.render(EVENT)}`,
    );
    expect(new Set(both).size).toBe(2);
  });
});
