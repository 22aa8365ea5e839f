import type { FastifyInstance } from 'fastify';
import { DomainError } from './domain-error.js';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** The methods that some route takes for the target of a request, as the router itself reads that target. */
export function allowedMethods(fastify: FastifyInstance, url: string): string[] {
  return METHODS.filter((method) => {
    const params = fastify.findRoute({ method, url })?.params;
    // An empty parameter matches, and is answered as a path that does not exist.
    return params !== undefined && !Object.values(params as Record<string, string>).includes('');
  });
}

/** The error for a path that takes other methods only. The answer also needs them in `Allow`. */
export function methodNotAllowed(methods: string): DomainError {
  return new DomainError('METHOD_NOT_ALLOWED', `This path takes ${methods} only.`);
}
