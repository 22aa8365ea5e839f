import { describe, expect, it } from '@jest/globals';
import type { AppConfig } from '../config/app-config.js';
import type { AttemptOutcome } from '../deliveries/attempt-outcome.js';
import type { ClaimedDelivery } from '../deliveries/outbox.js';
import type { SecretCipher } from '../webhooks/secret-cipher.js';
import { AttemptMaker } from './attempt-maker.js';
import type { RetrySchedule } from './retry-schedule.js';
import { WebhookSender, type WebhookRequest } from './webhook-sender.js';

const NOW = Date.UTC(2025, 0, 20);

/** A sender that a team plugs in. It knows nothing of the service's rules. */
class CarelessSender extends WebhookSender {
  readonly requests: WebhookRequest[] = [];

  override async send(request: WebhookRequest): Promise<AttemptOutcome> {
    this.requests.push(request);
    return { response: { status: 200, headers: {}, body: '', truncated: false }, error: null, durationMs: 1 };
  }
}

/** One attempt at a webhook with this URL, by a sender that sends whatever it gets. */
async function attemptAt(url: string, requireHttps: boolean) {
  const sender = new CarelessSender();
  const cipher = { decrypt: () => '00'.repeat(32) } as unknown as SecretCipher;
  const schedule = { delayAfter: () => 5_000 } as unknown as RetrySchedule;
  const maker = new AttemptMaker(sender, cipher, schedule, { requireHttps, webhookContact: undefined } as AppConfig);
  const delivery = { id: 'd', url, payload: '{}', secret: new Uint8Array(1), previousSecret: null, scheduleStep: 0 };
  const made = await maker.make(
    { ...delivery, attempts: 0 } as ClaimedDelivery,
    () => NOW,
    new AbortController().signal,
  );
  return { made, requests: sender.requests };
}

describe('An attempt', () => {
  it.each(['http://example.com/', 'http://example.com:443/', 'http://example.com:8443/', 'ftp://example.com/'])(
    'is not sent by any sender over %s when HTTPS is required, and is made again by the schedule',
    async (url) => {
      const { made, requests } = await attemptAt(url, true);
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
    const { made, requests } = await attemptAt(url, requireHttps);
    expect(requests.map((request) => request.url)).toEqual([url]);
    expect(made.outcome.error).toBeNull();
  });
});
