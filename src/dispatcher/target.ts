import { originOf } from './target-agents.js';
import type { TargetHost } from './target-host.js';

/** The parts of a URL that a request needs. */
export interface OriginAndPath {
  /** The origin, with the user and the authentication as its user information ({@link originOf}). */
  readonly origin: string;
  readonly path: string;
}

/** @param authId of the webhook's authentication. Undefined: none */
export function originAndPathOf(url: string, userId: string, authId?: string): OriginAndPath {
  const parsed = new URL(url);
  return { origin: originOf(parsed, userId, authId), path: parsed.pathname + parsed.search };
}

/** The parsed URL of a webhook, and its host. */
export class Target implements OriginAndPath {
  constructor(
    readonly url: string,
    readonly origin: string,
    readonly path: string,
    readonly host: TargetHost,
    readonly authId?: string | undefined,
  ) {}
}
