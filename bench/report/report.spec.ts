import { expect, it } from '@jest/globals';
import { resultOf } from './figure.js';
import { reportOf, type Report } from './report.js';

const report: Report = {
  machine: {
    processor: 'Abacus',
    cores: '2',
    memory: '1.0 GiB',
    system: 'Wood',
    node: 'v20.0.0',
    database: 'PostgreSQL 15',
    load: '0.0',
  },
  rounds: 3,
  quick: true,
  results: [resultOf({ bench: 'limit', what: 'requests', unit: '/s', values: [9_500] })],
  generator: { limit: 0.123 },
};

it('reports the machine, the rounds, the sizes and the share of the load generator', () => {
  expect(reportOf(report)).toMatch(/^processor {2}Abacus\ncores {6}2\n/);
  expect(reportOf(report)).toContain('rounds     3, quick: small sizes\n');
  expect(reportOf(report)).toContain('| limit | requests | 9,500/s |');
  expect(reportOf(report)).toMatch(/share of one core: limit 12 %\.$/);
});
