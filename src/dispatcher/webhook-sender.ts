import { Injectable, Logger } from '@nestjs/common';
import { AxiosError, AxiosHeaders, type AxiosResponse } from 'axios';
import { LocalShortageError } from '../common/local-shortage.error.js';
import { isOutOfReach } from '../common/out-of-reach.js';
import { untilAborted } from '../common/until-aborted.js';
import type { AttemptOutcome, ReceivedResponse } from '../queue/attempt-outcome.js';
import { AUTH_ERRORS } from '../queue/outcome-class.js';
import { withAdded } from './added-headers.js';
import { attemptErrorOf, localErrorOf } from './attempt-error.js';
import type { KeptBody } from './http-exchange.js';
import type { TargetRequestConfig } from './http-transport.js';
import { NotReadyError } from './not-ready.error.js';
import type { ReceiverAuth } from './receiver-auth.js';
import { SignedRequest } from './signed-request.js';
import { DeadlineError } from './target-errors.js';
import { TlsIdentities, type TlsIdentity, type TlsOptions } from './tls-identity.js';
import { sendWithToken } from './token-sending.js';
import type { WebhookRequest } from './webhook-facts.js';
import { WebhookHttpService } from './webhook-http.service.js';

export type { WebhookRequest };

/** Sends a request to a webhook. Extend it to send in another way. */
export abstract class WebhookSender {
  /**
   * Makes one attempt. Every failure on the way to the receiver, or at the receiver, is an outcome.
   *
   * @param signal ends the attempt. Its reason is the error of the attempt. Attempts at one webhook that begin together
   *   share the signal: remove the listeners that you add.
   * @throws LocalShortageError if this machine can't make the attempt. Nothing is recorded, and the attempt is made again soon
   */
  abstract send(request: WebhookRequest, signal: AbortSignal): Promise<AttemptOutcome>;
}

/** Additions to the connection and the request of one attempt. */
export interface WebhookConnection {
  /**
   * A client certificate, or your own authorities. Connections with other options are never used. A client certificate that the
   * owner of the webhook has set has priority.
   */
  tls?: TlsOptions;
  /**
   * Additional headers. These names are refused: headers that the service sets, `content-*`, `webhook-*`, `x-docmap-*`,
   * `host`, and headers of the connection. Added headers are not signed, and the log of deliveries does not show them.
   * `authorization` replaces the access token of a webhook whose owner has set OAuth 2.0.
   */
  headers?: Readonly<Record<string, string>>;
}

/** The log has at most one line in this time about unavailable additions. */
const WARNING_INTERVAL_MS = 60_000;

type MaybePromise<Value> = Value | Promise<Value>;

/**
 * Sends through {@link WebhookHttpService}: interceptors of its `axiosRef` see every request. Extend it and override
 * `connectionOf` to add TLS options or headers. The target policy, the check of certificates and the limits of responses
 * still apply. The sender applies the authentication that the owner of a webhook has set. Interceptors see no requests for access
 * tokens.
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
   * Additions to a request. If it throws, nothing is recorded, and the delivery is sent again when its lease ends. The
   * webhook waits 2 s instead after `LocalShortageError`, a network error, or no result within the attempt's deadline.
   *
   * @default undefined: nothing is added
   */
  protected connectionOf(_request: WebhookRequest): MaybePromise<WebhookConnection | undefined> {
    return undefined;
  }

  override send(request: WebhookRequest, signal: AbortSignal): Promise<AttemptOutcome> {
    const { auth } = request;
    if (auth?.type !== 'oauth2') return this.sendOnce(request, signal);
    const purpose = { auth, request, signal };
    return sendWithToken(purpose, this.http.tokens, (authorization) => this.sendOnce(request, signal, authorization));
  }

  private async sendOnce(
    request: WebhookRequest,
    signal: AbortSignal,
    authorization?: string,
  ): Promise<AttemptOutcome> {
    const added = this.additionsTo(request, signal);
    const connection = added && 'then' in added ? await added : added;
    const config = this.configOf(request, signal, connection, authorization);
    if (config === undefined) return { response: null, error: AUTH_ERRORS.certificate, durationMs: 0 };
    const begin = performance.now();
    const outcome = (response: ReceivedResponse | null, error: string | null): AttemptOutcome => {
      return { response, error, durationMs: Math.round(performance.now() - begin) };
    };
    try {
      const response = await this.http.axiosRef.request<KeptBody>(config);
      const { status } = response;
      return outcome(received(response), status >= 200 && status < 300 ? null : `HTTP ${status}`);
    } catch (error) {
      const localError = localErrorOf(error);
      if (localError) throw localError;
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
      this.quietUntil = performance.now() + WARNING_INTERVAL_MS;
      this.logger.warn(`Deliveries wait for their added headers or certificate: ${message}`);
    }
    throw new NotReadyError(message);
  }

  /** @returns undefined if the owner's client certificate can't be used */
  private configOf(
    request: WebhookRequest,
    signal: AbortSignal,
    added: WebhookConnection | undefined,
    authorization: string | undefined,
  ): TargetRequestConfig | undefined {
    const { userId, url, headers: own, body, auth } = request;
    const target = SignedRequest.targetOf(request);
    const headers = authorization === undefined ? own : { ...own, authorization };
    const config: TargetRequestConfig = { method: 'POST', url, headers, data: body, signal, userId, target };
    if (added?.headers) config.headers = withAdded(headers, added.headers);
    if (added?.tls) config.identity = this.identities.of(added.tls);
    return auth === undefined ? config : this.authenticated(config, auth, added?.tls);
  }

  private authenticated(
    config: TargetRequestConfig,
    auth: ReceiverAuth,
    tls: TlsOptions | undefined,
  ): TargetRequestConfig | undefined {
    config.authId = auth.id;
    if (auth.type === 'oauth2') return config;
    const identity = this.identityOf(auth.certificate, auth.privateKey, tls?.ca);
    return identity && { ...config, identity };
  }

  /** The certificate was accepted when it was stored. TLS may have become stricter since. */
  private identityOf(cert: string, key: string, ca: TlsOptions['ca']): TlsIdentity | undefined {
    try {
      return this.identities.of({ cert, key, ...(ca === undefined ? {} : { ca }) });
    } catch {
      return undefined;
    }
  }
}

/**
 * Waits for the additions. Without additions if the attempt ends for another reason than its deadline: it is not sent.
 *
 * @throws LocalShortageError at the deadline: the receiver is not at fault
 */
async function beforeEnd<Value>(signal: AbortSignal, given: Promise<Value>): Promise<Value | undefined> {
  try {
    return await untilAborted(signal, given);
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    if (!(error instanceof DeadlineError)) return undefined;
    throw new LocalShortageError('connectionOf gave no answer within the time of an attempt');
  }
}

/** Plain headers to store. axios may return an object with methods. */
function flat(headers: AxiosResponse['headers']): Record<string, string> {
  const plain = headers instanceof AxiosHeaders ? Object.fromEntries(Object.entries(headers)) : headers;
  return plain;
}

function received({ status, headers, data }: AxiosResponse<KeptBody>): ReceivedResponse {
  return { status, headers: flat(headers), body: data.text, truncated: data.truncated };
}
