import type { ErrorCode } from '../common/domain-error.js';

/** An event that this application published in process was refused. Refusals over HTTP are responses, not events. */
export class PublishRefusedEvent {
  static readonly eventName = 'publish.refused';

  constructor(readonly code: ErrorCode) {}
}
