/** The target policy refuses the address, or an address of the name. */
export class TargetRefusedError extends Error {
  override readonly name = 'TargetRefusedError';
}

/** The name could not be resolved. */
export class NameResolutionError extends Error {
  override readonly name = 'NameResolutionError';
}

/** The delivery proxy made no connection to the target. */
export class ProxiedTargetError extends Error {
  override readonly name = 'ProxiedTargetError';

  /** @param status of the proxy's answer. Undefined: it gave none in time */
  constructor(readonly status: number | undefined) {
    super(`The proxy made no connection to the target: ${status ?? 'no answer'}`);
  }

  /** Whether the rules of the proxy exclude the target. */
  get isRefused(): boolean {
    return this.status !== undefined && this.status < 500;
  }
}

/** The attempt has reached its deadline. The log shows the message unchanged. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';

  constructor() {
    super('The operation was aborted due to timeout');
  }
}

/** The receiver sent bytes on a new connection before it received a request. */
export class UnaskedAnswerError extends Error {
  override readonly name = 'UnaskedAnswerError';

  constructor() {
    super('Bytes came before a request was sent');
  }
}

/** The receiver sent more TLS records or bytes than a handshake or an answer needs. */
export class TlsFloodError extends Error {
  override readonly name = 'TlsFloodError';

  constructor() {
    super('More TLS records or bytes than an answer takes');
  }
}

/** The webhook was deleted while the attempt was under way. */
export class WebhookDeletedError extends Error {
  override readonly name = 'WebhookDeletedError';
}
