import type { FastifyInstance } from 'fastify';
import { DomainError } from './domain-error.js';
import { text } from '../translations/phrase.js';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Lists the methods that have a route for a URL. The router itself matches the URL, so both always agree. */
export function allowedMethods(fastify: FastifyInstance, url: string): string[] {
  return METHODS.filter((method) => {
    const params = fastify.findRoute({ method, url })?.params;
    // An empty parameter matches in the router, but the request gets 404. It therefore counts as no match.
    return params !== undefined && !Object.values(params as Record<string, string>).includes('');
  });
}

/** The error for a method that the path does not support. The response also needs the methods in `Allow`. */
export function methodNotAllowed(methods: string): DomainError {
  return new DomainError('METHOD_NOT_ALLOWED', text('This path accepts only {{methods}}.', { methods }));
}
