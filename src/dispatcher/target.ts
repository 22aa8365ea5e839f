import { originOf } from './target-dispatcher.js';
import type { TargetHost } from './target-host.js';

/** The parts of a URL that a request needs. */
export interface Place {
  /** The origin, with the user and the authentication as its user information ({@link originOf}). */
  readonly origin: string;
  readonly path: string;
}

/** @param authId of the webhook's authentication. Undefined: none */
export function placeOf(url: string, userId: string, authId?: string): Place {
  const parsed = new URL(url);
  return { origin: originOf(parsed, userId, authId), path: parsed.pathname + parsed.search };
}

/** The parsed URL of a webhook, and its host. */
export class Target implements Place {
  constructor(
    readonly url: string,
    readonly origin: string,
    readonly path: string,
    readonly host: TargetHost,
    readonly authId?: string | undefined,
  ) {}
}
