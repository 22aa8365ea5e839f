import { hash } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { webhookIdOf } from '../common/ids.js';
import { LocalShortageError } from '../common/local-shortage.error.js';
import { isOutOfReach } from '../common/out-of-reach.js';
import type { LeasedDelivery } from '../queue/outbox.types.js';
import { cipherAnswer } from '../webhooks/cipher-answer.js';
import type { SealedAuth } from '../webhooks/sealed-auth.js';
import { opened, type SealedHeaders } from '../webhooks/sealed-headers.js';
import { SecretCipher } from '../webhooks/secret-cipher.js';
import type { WebhookHeaders } from '../webhooks/webhook-headers.js';
import { NotReadyError, retryPause } from './not-ready.error.js';
import { receiverAuthOf, type ReceiverAuth } from './receiver-auth.js';

/** The limit of cached secrets: about 4 MiB. */
const MAX_SECRETS = 10_000;
/** A cached secret is decrypted again after this time. It stays in use meanwhile. */
const FRESH_MS = 600_000;
/** The limit of remembered secrets that can't be read. */
const MAX_UNREADABLE = 1_000;
/** A secret that could not be read, or whose key was unavailable, is decrypted again after this time. */
const SOON_MS = 60_000;
/** The limit of concurrent calls of the cipher. */
const MAX_CALLS = 64;

const NO_HEADERS: WebhookHeaders = Object.freeze({});

/** Reads `performance` at each call. By default lru-cache keeps the clock of its import, which tests can't move. */
const CLOCK = { perf: { now: () => performance.now() } };

/**
 * The decrypted secrets of webhooks. A synchronous cipher is called once per secret of a claim, or of a batch on the
 * fast path: their deliveries share the bytes.
 * Results of an asynchronous cipher are cached across claims. Each secret has one call at a time.
 */
@Injectable()
export class SigningSecrets {
  private readonly logger = new Logger(SigningSecrets.name);
  private readonly ofClaims = new WeakMap<Uint8Array, string[]>();
  private readonly headersOfClaims = new WeakMap<SealedHeaders, WebhookHeaders>();
  private readonly authOfClaims = new WeakMap<SealedAuth, ReceiverAuth>();
  private readonly decrypted = new LRUCache<string, string>({
    max: MAX_SECRETS,
    ttl: FRESH_MS,
    noDeleteOnStaleGet: true,
    ...CLOCK,
  });
  private readonly unreadable = new LRUCache<string, Error>({ max: MAX_UNREADABLE, ttl: SOON_MS, ...CLOCK });
  private readonly calls = new Map<string, Promise<void>>();
  /** Calls that wait for a place among {@link MAX_CALLS}. */
  private readonly waiting: (() => void)[] = [];
  private running = 0;
  private isAsync = false;
  private isAway = false;

  constructor(private readonly cipher: SecretCipher) {}

  /**
   * The webhook's secret and, while a rotation overlaps, the previous one.
   *
   * @throws NotReadyError if one of them is not decrypted yet
   * @throws Error if the secret can't be read
   */
  of(delivery: LeasedDelivery): string[] {
    const { webhookUuid, secret } = delivery;
    let secrets = this.ofClaims.get(secret);
    if (!secrets) {
      secrets = [this.read(secret, webhookUuid), ...this.previousOf(delivery)];
      this.ofClaims.set(secret, secrets);
    }
    return secrets;
  }

  /**
   * The headers that the owner adds to requests. A claim, or a batch on the fast path, decrypts them once.
   *
   * @throws NotReadyError if their key is not decrypted yet
   * @throws Error if they can't be read
   */
  headersOf({ webhookUuid, headers }: LeasedDelivery): WebhookHeaders {
    if (headers === null) return NO_HEADERS;
    let values = this.headersOfClaims.get(headers);
    if (!values) {
      values = opened(headers, this.read(headers.key, webhookUuid), webhookUuid);
      this.headersOfClaims.set(headers, values);
    }
    return values;
  }

  /**
   * The authentication at the receiver. A claim, or a batch on the fast path, decrypts it once.
   *
   * @throws NotReadyError if its key is not decrypted yet
   * @throws Error if it can't be read
   */
  authOf({ webhookUuid, auth }: LeasedDelivery): ReceiverAuth | undefined {
    if (!auth) return undefined;
    let known = this.authOfClaims.get(auth);
    if (!known) {
      known = receiverAuthOf(auth, this.read(auth.key, webhookUuid), webhookUuid);
      this.authOfClaims.set(auth, known);
    }
    return known;
  }

  /** Empty if it can't be read: owners rotate an unreadable secret, and it becomes the previous one. */
  private previousOf({ webhookUuid, previousSecret }: LeasedDelivery): string[] {
    try {
      return previousSecret ? [this.read(previousSecret, webhookUuid)] : [];
    } catch (error) {
      if (error instanceof NotReadyError) throw error;
      const webhookId = webhookIdOf(webhookUuid);
      const reason = (error as Error).message;
      this.logger.warn(`Requests to ${webhookId} are signed without the previous secret: ${reason}`);
      return [];
    }
  }

  private read(bytes: Uint8Array, webhookUuid: string): string {
    const answer = this.isAsync ? undefined : this.ask(bytes, webhookUuid);
    if (typeof answer === 'string') return answer;
    this.isAsync = true;
    const key = webhookUuid + hash('sha256', bytes);
    const failure = this.unreadable.get(key);
    if (failure) throw failure;
    const known = this.decrypted.get(key, { allowStale: true });
    if (known !== undefined && this.decrypted.getRemainingTTL(key) > 0) return known;
    const call = this.calls.get(key) ?? this.call(key, () => answer ?? this.ask(bytes, webhookUuid));
    if (known !== undefined) return known;
    throw new NotReadyError('The signing secret is being decrypted', call);
  }

  private ask(bytes: Uint8Array, webhookUuid: string): string | Promise<string> {
    try {
      return this.cipher.decrypt(bytes, webhookUuid);
    } catch (error) {
      if (!isOutOfReach(error)) throw error;
      return Promise.reject(error);
    }
  }

  private call(key: string, ask: () => string | Promise<string>): Promise<void> {
    const call = this.decrypt(key, ask).finally(() => this.calls.delete(key));
    this.calls.set(key, call);
    return call;
  }

  private async decrypt(key: string, ask: () => string | Promise<string>): Promise<void> {
    try {
      const secret = await this.inTurn(() => cipherAnswer(ask));
      if (typeof secret !== 'string') throw new TypeError('The cipher gave no text');
      this.decrypted.set(key, secret);
      this.noteAway(undefined);
    } catch (error) {
      if (error instanceof LocalShortageError) return this.keepKnown(key, error);
      this.decrypted.delete(key);
      this.unreadable.set(key, error as Error);
    }
  }

  private async keepKnown(key: string, error: LocalShortageError): Promise<void> {
    this.noteAway(error);
    const known = this.decrypted.get(key, { allowStale: true });
    if (known === undefined) await retryPause();
    else this.decrypted.set(key, known, { ttl: SOON_MS });
  }

  /** Logs the first error of an outage, and its end. */
  private noteAway(error: Error | undefined): void {
    if (this.isAway === (error !== undefined)) return;
    this.isAway = error !== undefined;
    if (error) this.logger.warn(`Deliveries wait for their signing secrets: ${error.message}`);
    else this.logger.log('Signing secrets are decrypted again');
  }

  private async inTurn<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    if (this.running === MAX_CALLS) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.running += 1;
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.running -= 1;
    }
  }
}
