import { describe, expect, it } from '@jest/globals';
import type { AppConfig } from '../config/app-config.js';
import type { AttemptOutcome } from '../queue/attempt-outcome.js';
import type { LeasedDelivery } from '../queue/outbox.types.js';
import { Tracing } from '../runtime/tracing.js';
import { SecretCipher } from '../webhooks/secret-cipher.js';
import { AttemptMaker } from './attempt-maker.js';
import type { Arrival } from './buffered-delivery.js';
import { RetrySchedule, type RetryContext } from './retry-schedule.js';
import { SigningSecrets } from './signing-secrets.js';
import { Target } from './target.js';
import { WebhookDeletedError } from './target-errors.js';
import { TargetHost } from './target-host.js';
import { WebhookSender, type WebhookRequest } from './webhook-sender.js';

const METADATA: Record<string, string> = { plan: 'free' };
const WEBHOOK = 'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa';
const NOW = Date.UTC(2025, 0, 20);

/** A replaced sender. It does not know the rules of the service. */
class CarelessSender extends WebhookSender {
  readonly requests: WebhookRequest[] = [];

  constructor(private readonly status: number) {
    super();
  }

  override async send(request: WebhookRequest): Promise<AttemptOutcome> {
    this.requests.push(request);
    const { status } = this;
    const error = status === 200 ? null : `HTTP ${status}`;
    return { response: { status, headers: {}, body: '', truncated: false }, error, durationMs: 1 };
  }
}

/** Returns one delay, and keeps the arguments of its calls. */
class RecordingSchedule extends RetrySchedule {
  readonly asked: [number, RetryContext][] = [];

  constructor(private readonly delayMs: number | undefined) {
    super();
  }

  override delayAfter(attemptsMade: number, context: RetryContext): number | undefined {
    this.asked.push([attemptsMade, context]);
    if ((this.delayMs as unknown) instanceof Error) throw this.delayMs as unknown as Error;
    return this.delayMs;
  }
}

class PlainCipher extends SecretCipher {
  override encrypt(secret: string) {
    return Buffer.from(secret);
  }

  override decrypt() {
    return '00'.repeat(32);
  }
}

interface Options {
  requireHttps?: boolean;
  status?: number;
  delayMs?: number | undefined;
  signal?: AbortSignal;
}

/** One attempt at a webhook with this URL, by a sender that sends every request. */
async function attemptAt(url: string, options: Options = {}) {
  const { requireHttps = false, status = 200, signal = new AbortController().signal } = options;
  const sender = new CarelessSender(status);
  const schedule = new RecordingSchedule('delayMs' in options ? options.delayMs : 5_000);
  const config = {
    requireHttps,
    webhookContact: undefined,
    retrySchedule: [0, 0, 0, 1_000],
  } as Partial<AppConfig> as AppConfig;
  const maker = new AttemptMaker(sender, new SigningSecrets(new PlainCipher()), schedule, new Tracing(), config);
  const webhook = {
    webhookUuid: WEBHOOK,
    userId: 'uid_1',
    url,
    secret: new Uint8Array(1),
    previousSecret: null,
    isEd25519: false,
    metadata: METADATA,
    headers: null,
    auth: null,
    timeoutMs: null,
    retrySchedule: null,
  };
  const delivery = { ...webhook, id: 'd', payload: '{}', eventType: 'extraction.completed', scheduleStep: 2 };
  const claimed = { ...delivery, attempts: 7, throttleCount: 0 } as LeasedDelivery;
  const target = new Target(url, url, '/', new TargetHost('example.com', { concurrency: 1, rate: 0 }));
  const arrival: Arrival = { source: 'claim', clock: () => NOW, sendBefore: Infinity };
  const made = maker.make({ delivery: claimed, target, arrival }, signal);
  return { made: await made, requests: sender.requests, asked: schedule.asked };
}

describe('An attempt', () => {
  it.each(['http://example.com/', 'http://example.com:443/', 'http://example.com:8443/', 'ftp://example.com/'])(
    'is not sent by any sender over %s when HTTPS is required, and is made again by the schedule',
    async (url) => {
      const { made, requests } = await attemptAt(url, { requireHttps: true });
      expect(requests).toEqual([]);
      expect(made).toMatchObject({
        requestHeaders: {},
        outcome: { response: null, error: 'target must use HTTPS', durationMs: 0 },
        settlement: { state: 'pending', nextDelayMs: 5_000, pauseMs: null, gone: false },
      });
    },
  );

  it.each([
    ['https://example.com/', true],
    ['https://example.com/', false],
    ['http://example.com/', false],
  ])('is sent to %s when HTTPS is required: %s', async (url, requireHttps) => {
    const { made, requests } = await attemptAt(url, { requireHttps });
    expect(requests.map((request) => request.url)).toEqual([url]);
    expect(made.outcome.error).toBeNull();
  });

  it('names the webhook as the API shows it', async () => {
    const { requests } = await attemptAt('https://example.com/');
    expect(requests).toMatchObject([{ webhookId: `webhook-${'a'.repeat(32)}`, userId: 'uid_1', metadata: METADATA }]);
  });

  describe('that fails', () => {
    it('is followed by another one after the delay of the schedule, which receives webhook, event and outcome', async () => {
      const { made, asked } = await attemptAt('https://example.com/', { status: 500 });
      expect(made.settlement).toMatchObject({ state: 'pending', nextDelayMs: 5_000 });
      const { outcome } = made;
      const facts = { webhookId: `webhook-${'a'.repeat(32)}`, userId: 'uid_1', metadata: METADATA };
      expect(outcome).toMatchObject({ error: 'HTTP 500', response: { status: 500 } });
      expect(asked).toEqual([[3, { ...facts, event: 'extraction.completed', outcome }]]);
    });

    it('is the last attempt when the schedule has no delay', async () => {
      const { made } = await attemptAt('https://example.com/', { status: 500, delayMs: undefined });
      expect(made.settlement).toMatchObject({ state: 'exhausted', nextDelayMs: null });
    });

    it.each([
      ['NaN', Number.NaN],
      ['-1', -1],
      ['Infinity', Infinity],
      ['a text', 'soon'],
      ['an error', new Error('broken')],
    ])('is recorded, and made again after the listed delays, when the schedule returns %s', async (_case, delayMs) => {
      const { made } = await attemptAt('https://example.com/', { status: 500, delayMs: delayMs as number });
      expect(made.settlement.state).toBe('pending');
      expect(made.settlement.nextDelayMs).toBeGreaterThanOrEqual(800);
      expect(made.settlement.nextDelayMs).toBeLessThanOrEqual(1_200);
    });
  });

  it('does not call the schedule when it succeeds or its webhook was deleted', async () => {
    expect((await attemptAt('https://example.com/')).asked).toEqual([]);
    const signal = AbortSignal.abort(new WebhookDeletedError());
    const { made, asked } = await attemptAt('https://example.com/', { status: 500, signal });
    expect([made.settlement.state, asked]).toEqual(['cancelled', []]);
  });
});
