import { describe, expect, it } from '@jest/globals';
import { UsageError } from '../options.js';
import { Ledger } from './ledger.js';
import { parseSoakOptions } from './options.js';
import { svgOf } from './plot.js';
import { judge, linesOf, type Facts, type Sample, type Windows } from './verdict.js';

describe('parseSoakOptions', () => {
  it('runs for 30 minutes when there are no arguments', () => {
    expect(parseSoakOptions([])).toEqual({ minutes: 30, rate: 100, maxRssMb: 300, maxLagMs: 1_000 });
  });

  it.each([
    [['--minutes', '0.1'], '--minutes must be a number from 0.25 to 10080, not 0.1.'],
    [['--rate='], '--rate must be a number from 1 to 2000, not .'],
    [['--max-lag-ms', 'much'], '--max-lag-ms must be a number from 1 to 60000, not much.'],
  ])('refuses %j', (args, message) => {
    expect(() => parseSoakOptions(args)).toThrow(new UsageError(message));
  });

  it('refuses an option that does not exist', () => {
    expect(() => parseSoakOptions(['--hours', '1'])).toThrow(UsageError);
  });
});

describe('Ledger', () => {
  it('counts an accepted event as missing until it arrives', () => {
    const ledger = new Ledger(2);
    ledger.begin(0, 100);
    ledger.accept(0);
    expect(ledger.missing).toBe(1);
    expect(ledger.arrive('extract-0', 130)).toBe(30);
    expect(ledger).toMatchObject({ accepted: 1, missing: 0, repeated: 0 });
  });

  it('counts an event once when it arrives before its response', () => {
    const ledger = new Ledger(2);
    ledger.begin(1, 100);
    expect(ledger.arrive('extract-1', 105)).toBe(5);
    expect(ledger.missing).toBe(0);
    ledger.accept(1);
    expect(ledger.missing).toBe(0);
  });

  it('counts repeated arrivals without a lag', () => {
    const ledger = new Ledger(1);
    ledger.arrive('extract-0', 1);
    expect(ledger.arrive('extract-0', 2)).toBeUndefined();
    expect(ledger.repeated).toBe(1);
  });

  it('does not miss an arrived event that was refused', () => {
    const ledger = new Ledger(1);
    ledger.arrive('extract-0', 1);
    expect(ledger).toMatchObject({ accepted: 0, missing: 0 });
  });
});

const OPTIONS = { minutes: 10, rate: 100, maxRssMb: 300, maxLagMs: 1_000 };
const FACTS: Facts = {
  accepted: 60_000,
  missing: 0,
  repeated: 0,
  refusedInRestarts: 50,
  refusedOtherwise: 0,
  faults: [],
};
const FLAT: Omit<Sample, 'at'> = {
  rss: 150,
  descriptors: 50,
  deadTuples: 1_000,
  liveTuples: 50_000,
  lagP50: 3,
  lagP99: 20,
  arrived: 100,
};

/** Samples of every ten seconds. Values of the last sixth differ by `final`. */
function samplesOf(final: Partial<Sample> = {}): Sample[] {
  return Array.from({ length: 60 }, (_, index) => ({ ...FLAT, ...(index >= 50 ? final : {}), at: (index + 1) * 10 }));
}

const WINDOWS: Windows = { reference: [300, 400], final: [501, 600] };

function violatedBy(samples: Sample[], facts = FACTS, options = OPTIONS): string[] {
  return judge(samples, facts, WINDOWS, options)
    .filter(({ holds }) => holds === false)
    .map(({ what }) => what);
}

describe('judge', () => {
  it('finds nothing when everything stays flat', () => {
    expect(violatedBy(samplesOf())).toEqual([]);
  });

  it.each<[string, Partial<Sample>, string[]]>([
    ['memory grows', { rss: 190 }, ['resident memory at the end, after 150 MB']],
    ['memory is too large', { rss: 301 }, ['resident memory', 'resident memory at the end, after 150 MB']],
    ['descriptors leak', { descriptors: 80 }, ['file descriptors at the end, after 50']],
    ['dead tuples are not removed', { deadTuples: 50_000 }, ['dead tuples']],
    ['the lag grows', { lagP99: 95 }, ['delivery lag p99 at the end, after 20 ms']],
    ['the lag is too large', { lagP99: 1_001 }, ['delivery lag p99', 'delivery lag p99 at the end, after 20 ms']],
    ['the memory is unknown', { rss: Number.NaN }, ['resident memory', 'resident memory at the end, after 150 MB']],
  ])('finds the bound when %s', (_fault, final, expected) => {
    expect(violatedBy(samplesOf(final))).toEqual(expected);
  });

  it.each<[string, Partial<Facts>, string]>([
    ['is lost', { missing: 1 }, 'accepted events that did not arrive, of 60,000'],
    ['is refused', { refusedOtherwise: 1 }, 'events refused while nothing was restarted'],
    ['ends', { faults: ['the service ended with code 1'] }, 'unexpected ends of the service'],
  ])('finds the bound when something %s', (_fault, facts, expected) => {
    expect(violatedBy(samplesOf(), { ...FACTS, ...facts })).toEqual([expected]);
  });

  it('does not judge growth when the run is short', () => {
    const checks = judge(samplesOf({ rss: 290 }), FACTS, WINDOWS, { ...OPTIONS, minutes: 1 });
    expect(checks.filter(({ holds }) => holds === undefined)).toHaveLength(3);
    expect(checks.filter(({ holds }) => holds === false)).toEqual([]);
    expect(linesOf(checks)).toContain('ok          resident memory: 290 MB (≤ 300 MB)');
  });
});

describe('svgOf', () => {
  it('interrupts a curve where a value is missing', () => {
    const panels = [{ title: 'RSS & more', curves: [{ name: 'a', values: [1, Number.NaN, 2, 2] }] }];
    const svg = svgOf('Soak', [0, 1, 2, 3], panels, [{ at: 1, label: 'restart' }]);
    const [, path = ''] = /<path d="([^"]*)"/.exec(svg) ?? [];
    expect(path.match(/M/g)).toHaveLength(2);
    expect(path).not.toContain('NaN');
    expect(svg).toContain('RSS &amp; more');
    expect(svg).toContain('>restart</text>');
  });
});
