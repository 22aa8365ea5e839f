import { Receiver } from './receiver.js';

/** The authorization servers of tests issue tokens of this form, numbered from 1. */
export function tokenOf(number: number): string {
  return `token-of-the-authorization-server-${number}`;
}

/**
 * An authorization server on loopback that issues a new token for each request.
 *
 * @param members further members of its answers, or others in place of the usual ones
 */
export function startTokenServer(members: Record<string, unknown> = { expires_in: 3_600 }): Promise<Receiver> {
  return Receiver.start((_request, response, number) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ access_token: tokenOf(number), token_type: 'Bearer', ...members }));
  });
}
