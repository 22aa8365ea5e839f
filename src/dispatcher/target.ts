import { originOf } from './target-dispatcher.js';
import type { TargetHost } from './target-host.js';

/** The parts of a URL that a request needs. */
export interface Place {
  /** The origin, with the user as its user information ({@link originOf}). */
  readonly origin: string;
  readonly path: string;
}

export function placeOf(url: string, userId: string): Place {
  const parsed = new URL(url);
  return { origin: originOf(parsed, userId), path: parsed.pathname + parsed.search };
}

/** The parsed URL of a webhook, and its host. */
export class Target implements Place {
  constructor(
    readonly url: string,
    readonly origin: string,
    readonly path: string,
    readonly host: TargetHost,
  ) {}
}
