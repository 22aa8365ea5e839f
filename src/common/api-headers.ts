import type { OpenAPIObject } from '@nestjs/swagger';
import { operationsOf } from './api-forms.js';

/** Headers of responses, by their name in `components.headers`. */
const HEADERS = {
  RequestId: {
    description: 'The id of the request in the log of the service: the `x-request-id` of the request, or a new id.',
    required: true,
    schema: { type: 'string' },
    example: '5c0a1f0e-3f0c-4c39-9a52-0c3f9f6a1d9b',
  },
  RetryAfter: {
    description: 'The wait before the next try, in seconds.',
    schema: { type: 'integer', minimum: 1 },
    example: 30,
  },
  RateLimitLimit: {
    description:
      'The number of requests per minute that all keys of one user may make together. Absent without a limit.',
    schema: { type: 'integer', minimum: 1 },
    example: 600,
  },
  RateLimitRemaining: {
    description: 'The number of requests that are left.',
    schema: { type: 'integer', minimum: 0 },
    example: 599,
  },
  RateLimitReset: {
    description: 'The time until all requests are available again, in seconds.',
    schema: { type: 'integer', minimum: 1 },
    example: 60,
  },
  RateLimitPolicy: {
    description: 'The limit in the form of draft-ietf-httpapi-ratelimit-headers.',
    schema: { type: 'string' },
    example: '"management";q=600;w=60',
  },
  RateLimit: {
    description: 'The requests that are left, in the form of draft-ietf-httpapi-ratelimit-headers.',
    schema: { type: 'string' },
    example: '"management";r=599;t=60',
  },
} as const;

const RATE_LIMITS = {
  'RateLimit-Limit': 'RateLimitLimit',
  'RateLimit-Remaining': 'RateLimitRemaining',
  'RateLimit-Reset': 'RateLimitReset',
  'RateLimit-Policy': 'RateLimitPolicy',
  RateLimit: 'RateLimit',
} as const;

interface SecuredOperation {
  security?: unknown[];
  responses: Record<string, { headers?: Record<string, { $ref: string }> }>;
}

/** Adds the headers of each response, and `security: []` to each operation that needs no key. */
export function describeHeaders(document: OpenAPIObject): void {
  document.components = { ...document.components, headers: { ...HEADERS } };
  for (const operation of operationsOf(document) as SecuredOperation[]) {
    const isOpen = operation.security === undefined;
    operation.security ??= [];
    for (const [status, response] of Object.entries(operation.responses)) {
      const isLimited = !isOpen && (status.startsWith('2') || status === '429');
      response.headers = references({
        'x-request-id': 'RequestId',
        ...(status === '429' || status === '503' ? { 'Retry-After': 'RetryAfter' } : {}),
        ...(isLimited ? RATE_LIMITS : {}),
      });
    }
  }
}

function references(names: Record<string, keyof typeof HEADERS>): Record<string, { $ref: string }> {
  return Object.fromEntries(
    Object.entries(names).map(([header, name]) => [header, { $ref: `#/components/headers/${name}` }]),
  );
}
