import { Injectable } from '@nestjs/common';
import { AxiosError, AxiosHeaders, type AxiosResponse } from 'axios';
import type { AttemptOutcome, ReceivedResponse } from '../deliveries/attempt-outcome.js';
import { attemptErrorOf, isLocalShortage } from './attempt-error.js';
import type { KeptBody } from './http-exchange.js';
import type { TargetRequestConfig } from './http-transport.js';
import { LocalShortageError } from './target-errors.js';
import { WebhookHttpService } from './webhook-http.service.js';

/** A request that is signed and ready. */
export interface WebhookRequest {
  /** Whose webhook it is. */
  userId: string;
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** Sends a request to a webhook. Provide your own under this class to send by other means. */
export abstract class WebhookSender {
  /**
   * Makes one attempt. Whatever happens on the way to the receiver, or there, is an outcome.
   *
   * @param signal ends the attempt, with the error that it came to as its reason. Attempts at one webhook that begin
   *   together share it: take off what you make listen to it.
   * @throws LocalShortageError when this machine could not make it: nothing is recorded, and it is made again soon
   */
  abstract send(request: WebhookRequest, signal: AbortSignal): Promise<AttemptOutcome>;
}

/** Sends through {@link WebhookHttpService}: interceptors of its `axiosRef` see every request. */
@Injectable()
export class HttpWebhookSender extends WebhookSender {
  constructor(private readonly http: WebhookHttpService) {
    super();
  }

  override async send({ userId, url, headers, body }: WebhookRequest, signal: AbortSignal): Promise<AttemptOutcome> {
    const begin = performance.now();
    const outcome = (response: ReceivedResponse | null, error: string | null): AttemptOutcome => {
      return { response, error, durationMs: Math.round(performance.now() - begin) };
    };
    try {
      const config: TargetRequestConfig = { method: 'POST', url, headers, data: body, signal, userId };
      const response = await this.http.axiosRef.request<KeptBody>(config);
      const { status } = response;
      return outcome(received(response), status >= 200 && status < 300 ? null : `HTTP ${status}`);
    } catch (error) {
      if (isLocalShortage(error)) throw new LocalShortageError((error as Error).message, { cause: error });
      const response = error instanceof AxiosError && error.response ? received(error.response) : null;
      return outcome(response, attemptErrorOf(signal.aborted ? signal.reason : error));
    }
  }
}

/** axios may give its headers as an object with methods; what is stored is plain. */
function flat(headers: AxiosResponse['headers']): Record<string, string> {
  const plain = headers instanceof AxiosHeaders ? Object.fromEntries(Object.entries(headers)) : headers;
  return plain;
}

function received({ status, headers, data }: AxiosResponse<KeptBody>): ReceivedResponse {
  return { status, headers: flat(headers), body: data.text, truncated: data.truncated };
}
