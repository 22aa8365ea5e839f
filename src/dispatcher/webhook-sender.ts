import { Injectable, Logger } from '@nestjs/common';
import { AxiosError, AxiosHeaders, type AxiosResponse } from 'axios';
import { LocalShortageError } from '../common/local-shortage.error.js';
import { isOutOfReach } from '../common/out-of-reach.js';
import type { AttemptOutcome, ReceivedResponse } from '../queue/attempt-outcome.js';
import { withAdded } from './added-headers.js';
import { attemptErrorOf, isLocalShortage } from './attempt-error.js';
import type { KeptBody } from './http-exchange.js';
import type { TargetRequestConfig } from './http-transport.js';
import { NotReadyError } from './not-ready.error.js';
import { SignedRequest } from './signed-request.js';
import { DeadlineError } from './target-errors.js';
import { TlsIdentities, type TlsOptions } from './tls-identity.js';
import type { WebhookRequest } from './webhook-facts.js';
import { WebhookHttpService } from './webhook-http.service.js';

export type { WebhookRequest };

/** Sends a request to a webhook. Extend it to send by other means. */
export abstract class WebhookSender {
  /**
   * Makes one attempt. Whatever happens on the way to the receiver, or there, is an outcome.
   *
   * @param signal ends the attempt, with the error that it came to as its reason. Attempts at one webhook that begin
   *   together share it: take off what you make listen to it.
   * @throws LocalShortageError when the service could not make it: nothing is recorded, and it is made again soon
   */
  abstract send(request: WebhookRequest, signal: AbortSignal): Promise<AttemptOutcome>;
}

/** Additions to the connection and the request of one attempt. */
export interface WebhookConnection {
  /** A client certificate, or authorities of your own. Connections with other options are never used. */
  tls?: TlsOptions;
  /**
   * Additional headers. None that the service sets itself, no `content-*`, `webhook-*` or `x-docmap-*`, no `host`, and
   * none of the connection. They are not signed, and the log of deliveries does not show them.
   */
  headers?: Readonly<Record<string, string>>;
}

/** One line in this time about additions that are out of reach. */
const QUIET_MS = 60_000;

type MaybePromise<Value> = Value | Promise<Value>;

/**
 * Sends through {@link WebhookHttpService}: interceptors of its `axiosRef` see every request. Extend it and override
 * `connectionOf` to add TLS options or headers: target policy, verified certificates and bounds of responses remain.
 */
@Injectable()
export class HttpWebhookSender extends WebhookSender {
  private readonly logger = new Logger(HttpWebhookSender.name);
  private readonly identities = new TlsIdentities();
  private quietUntil = -Infinity;

  constructor(private readonly http: WebhookHttpService) {
    super();
  }

  /**
   * Additions for a request. If it throws, nothing is recorded, and the delivery is tried again when its lease ends. After
   * `LocalShortageError`, an error of the network, or no answer within the attempt's deadline, the webhook waits for 2 s.
   *
   * @default undefined, nothing is added
   */
  protected connectionOf(_request: WebhookRequest): MaybePromise<WebhookConnection | undefined> {
    return undefined;
  }

  override async send(request: WebhookRequest, signal: AbortSignal): Promise<AttemptOutcome> {
    const added = this.additionsTo(request, signal);
    const connection = added && 'then' in added ? await added : added;
    const config = this.configOf(request, signal, connection);
    const begin = performance.now();
    const outcome = (response: ReceivedResponse | null, error: string | null): AttemptOutcome => {
      return { response, error, durationMs: Math.round(performance.now() - begin) };
    };
    try {
      const response = await this.http.axiosRef.request<KeptBody>(config);
      const { status } = response;
      return outcome(received(response), status >= 200 && status < 300 ? null : `HTTP ${status}`);
    } catch (error) {
      if (isLocalShortage(error)) throw new LocalShortageError((error as Error).message, { cause: error });
      const response = error instanceof AxiosError && error.response ? received(error.response) : null;
      return outcome(response, attemptErrorOf(signal.aborted ? signal.reason : error));
    }
  }

  private additionsTo(request: WebhookRequest, signal: AbortSignal): MaybePromise<WebhookConnection | undefined> {
    try {
      const given = this.connectionOf(request);
      return given && 'then' in given ? beforeEnd(signal, given).catch((error) => this.notReady(error)) : given;
    } catch (error) {
      return this.notReady(error);
    }
  }

  private notReady(error: unknown): never {
    if (!isOutOfReach(error)) throw error;
    const { message } = error as Error;
    if (performance.now() > this.quietUntil) {
      this.quietUntil = performance.now() + QUIET_MS;
      this.logger.warn(`Deliveries wait for what is added to their requests: ${message}`);
    }
    throw new NotReadyError(message);
  }

  private configOf(
    request: WebhookRequest,
    signal: AbortSignal,
    added: WebhookConnection | undefined,
  ): TargetRequestConfig {
    const { userId, url, headers, body } = request;
    const target = SignedRequest.targetOf(request);
    const config: TargetRequestConfig = { method: 'POST', url, headers, data: body, signal, userId, target };
    if (added?.headers) config.headers = withAdded(headers, added.headers);
    if (added?.tls) config.identity = this.identities.of(added.tls);
    return config;
  }
}

/**
 * Waits for the additions. If the attempt ends for another reason than its deadline, there are none: it is not sent.
 *
 * @throws LocalShortageError at the deadline, which is not the fault of the receiver
 */
function beforeEnd<Value>(signal: AbortSignal, given: Promise<Value>): Promise<Value | undefined> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      if (!(signal.reason instanceof DeadlineError)) return resolve(undefined);
      reject(new LocalShortageError('connectionOf gave no answer within the time of an attempt'));
    };
    signal.addEventListener('abort', end, { once: true });
    void given.then(resolve, reject).finally(() => signal.removeEventListener('abort', end));
  });
}

/** axios may give its headers as an object with methods; what is stored is plain. */
function flat(headers: AxiosResponse['headers']): Record<string, string> {
  const plain = headers instanceof AxiosHeaders ? Object.fromEntries(Object.entries(headers)) : headers;
  return plain;
}

function received({ status, headers, data }: AxiosResponse<KeptBody>): ReceivedResponse {
  return { status, headers: flat(headers), body: data.text, truncated: data.truncated };
}
