import { describe, expect, it } from '@jest/globals';
import { parseOptions, UsageError } from './options.js';

const KNOWN = ['limit', 'dispatch', 'latency'];
const PEERS = [...KNOWN, 'beside'];

describe('parseOptions', () => {
  it('runs all benches three times when there are no arguments', () => {
    expect(parseOptions([], KNOWN)).toEqual({
      names: KNOWN,
      rounds: 3,
      quick: false,
      json: undefined,
      peers: undefined,
    });
  });

  it('runs the named benches in their usual order', () => {
    expect(parseOptions(['latency', 'limit'], KNOWN).names).toEqual(['limit', 'latency']);
  });

  it('reads --rounds and --quick', () => {
    expect(parseOptions(['--rounds', '5', '--quick'], KNOWN)).toMatchObject({ rounds: 5, quick: true });
  });

  it.each([
    [['--json'], '-', KNOWN],
    [['--json', 'dispatch'], '-', ['dispatch']],
    [['--json', 'out.json', 'dispatch'], 'out.json', ['dispatch']],
    [['dispatch', '--json=results'], 'results', ['dispatch']],
    [['--json', '--quick'], '-', KNOWN],
  ])('%j writes JSON to %s', (args, json, names) => {
    expect(parseOptions(args, KNOWN)).toMatchObject({ json, names });
  });

  it('names the known benches when an argument names an unknown one', () => {
    expect(() => parseOptions(['dispatch', 'warp'], KNOWN)).toThrow(
      new UsageError('There is no bench warp. There are: limit, dispatch, latency.'),
    );
  });

  it.each(['0', '-1', '1.5', 'many', '1000'])('refuses %s rounds', (rounds) => {
    expect(() => parseOptions([`--rounds=${rounds}`], KNOWN)).toThrow(UsageError);
  });

  it('runs the comparison with peers only when it is named, with its file', () => {
    expect(parseOptions([], PEERS).names).toEqual(KNOWN);
    expect(parseOptions(['beside', 'peers.json', '--json', 'out.json'], PEERS)).toMatchObject({
      names: ['beside'],
      peers: 'peers.json',
      json: 'out.json',
    });
  });

  it.each([
    [['beside'], /^beside needs a file that describes the other servers/],
    [['latency', 'peers.json'], /^Only beside takes a file, and only one: not peers\.json\./],
    [['beside', 'one.json', 'two.json'], /only one: not one\.json, two\.json\./],
  ])('refuses %j', (args, message) => {
    expect(() => parseOptions(args, PEERS)).toThrow(message);
  });

  it('refuses an option that does not exist', () => {
    expect(() => parseOptions(['--fast'], KNOWN)).toThrow(/--fast/);
  });
});
