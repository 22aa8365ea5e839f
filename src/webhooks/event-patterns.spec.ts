import { describe, expect, it } from '@jest/globals';
import { OPERATIONAL_EVENTS, proposalsFor, subscriptionNames, subscriptionsTo } from './event-patterns.js';

describe('subscriptionsTo', () => {
  it.each([
    ['extraction.completed', ['extraction.completed', 'extraction.*', '*']],
    ['document.page.added', ['document.page.added', 'document.page.*', 'document.*', '*']],
    ['webhook.failing', ['webhook.failing', 'webhook.*']],
    ['delivery.exhausted', ['delivery.exhausted', 'delivery.*']],
    ['webhook.test', []],
  ])('lists the names and patterns that match %s', (type, names) => {
    expect(subscriptionsTo(type)).toEqual(names);
  });
});

describe('subscriptionNames', () => {
  it('lists each type, each operational event and each pattern that matches one of them, once', () => {
    expect(subscriptionNames(['extraction.completed', 'extraction.failed', 'document.page.added'])).toEqual([
      'extraction.completed',
      'extraction.failed',
      'document.page.added',
      '*',
      ...OPERATIONAL_EVENTS,
      'extraction.*',
      'document.page.*',
      'document.*',
      'webhook.*',
      'delivery.*',
    ]);
  });
});

describe('proposalsFor', () => {
  const names = subscriptionNames(['extraction.completed', 'extraction.failed']);

  it.each([
    ['extraction.done', ['extraction.completed', 'extraction.failed']],
    [undefined, ['extraction.completed', 'extraction.failed']],
    ['webhook.test', ['extraction.completed', 'extraction.failed']],
    ['webhook.failed', OPERATIONAL_EVENTS],
    ['extr*', ['*', 'extraction.*', 'webhook.*', 'delivery.*']],
  ])('proposes names of the same kind when %s is invalid', (given, proposed) => {
    expect(proposalsFor(given, names)).toEqual(proposed);
  });
});
