import type { FastifyInstance } from 'fastify';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** The methods that some route takes for the target of a request, as the router itself reads that target. */
export function allowedMethods(fastify: FastifyInstance, url: string): string[] {
  return METHODS.filter((method) => {
    const params = fastify.findRoute({ method, url })?.params;
    // An empty parameter matches, and is answered as a path that does not exist.
    return params !== undefined && !Object.values(params as Record<string, string>).includes('');
  });
}
