import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LocalShortageError } from '../common/local-shortage.error.js';
import { freePort } from '../../test/support/free-port.js';
import { Receiver } from '../../test/support/receiver.js';
import { WebhookCaller } from '../../test/support/webhook-caller.js';
import { NotReadyError } from './not-ready.error.js';
import { DeadlineError, WebhookDeletedError } from './target-errors.js';
import { HttpWebhookSender, type WebhookConnection, type WebhookRequest } from './webhook-sender.js';

let connectionOf: (request: WebhookRequest) => Promise<WebhookConnection | undefined> | WebhookConnection | undefined;

class ExtendedSender extends HttpWebhookSender {
  protected override connectionOf(request: WebhookRequest) {
    return connectionOf(request);
  }
}

describe('A sender that adds headers', () => {
  let receiver: Receiver;
  let caller: WebhookCaller;

  beforeEach(async () => {
    receiver = await Receiver.start();
    caller = new WebhookCaller(ExtendedSender);
  });

  afterEach(async () => {
    await caller.stop();
    await receiver.close();
  });

  it.each([false, true])('sends them besides the headers of the service, with an interceptor: %s', async (isHooked) => {
    if (isHooked) caller.interceptors.use((config) => config);
    connectionOf = ({ userId, webhookId }) => ({ headers: { 'X-Tenant': `${userId} ${webhookId}` } });
    expect(await caller.call(receiver.url)).toMatchObject({ error: null });
    const [request] = await receiver.received(1);
    expect(request!.headers).toMatchObject({ 'x-tenant': 'uid_1 webhook-1', 'content-type': 'application/json' });
  });

  it('may return them later', async () => {
    connectionOf = async () => ({ headers: { authorization: 'Bearer 1' } });
    await caller.call(receiver.url);
    expect((await receiver.received(1))[0]!.headers.authorization).toBe('Bearer 1');
  });

  it('makes no attempt when it throws', async () => {
    connectionOf = async () => {
      throw new Error('no token');
    };
    await expect(caller.call(receiver.url)).rejects.toThrow('no token');
    expect(receiver.requests).toEqual([]);
  });

  it.each<[string, () => Promise<never>]>([
    ['a service of the host is away', async () => (await fetch(`http://127.0.0.1:${await freePort()}/`)) as never],
    ['the host says so later', () => Promise.reject(new LocalShortageError('no token'))],
    [
      'the host says so at once',
      () => {
        throw new LocalShortageError('no token');
      },
    ],
  ])('makes no attempt yet when %s', async (_what, ask) => {
    connectionOf = ask;
    await expect(caller.call(receiver.url)).rejects.toThrow(NotReadyError);
    expect(receiver.requests).toEqual([]);
  });

  it.each([
    [new DeadlineError(), { name: NotReadyError.name }],
    [new WebhookDeletedError(), { error: 'the webhook was deleted', response: null }],
  ])('sends nothing when the attempt ends before they are available: %s', async (reason, expected) => {
    connectionOf = () => new Promise(() => undefined);
    const ended = new AbortController();
    const made = caller.call(receiver.url, { signal: ended.signal }).catch((error: unknown) => error);
    ended.abort(reason);
    expect(await made).toMatchObject(expected);
    expect(receiver.requests).toEqual([]);
  });
});
