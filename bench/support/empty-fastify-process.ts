import type { FastifyInstance } from 'fastify';
import { createAdapter } from '../../src/app.setup.js';

/** The HTTP server of the service, with the same set-up. It answers every POST with an empty 202. */
const fastify = createAdapter().getInstance<FastifyInstance>();
fastify.post('/v1/events', (_request, reply) => reply.code(202).send());
await fastify.listen({ port: 0, host: '127.0.0.1' });
process.send?.({ url: fastify.listeningOrigin });
process.on('disconnect', () => process.exit(0));
