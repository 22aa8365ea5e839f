import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Module, type INestApplication, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { createReceiver as createExpress } from '../../../../docs/examples/receiver-express.js';
import { createReceiver as createExpressWithMiddleware } from '../../../../docs/examples/receiver-express-middleware.js';
import { createReceiver as createFastify } from '../../../../docs/examples/receiver-fastify.js';
import { createReceiver as createHono } from '../../../../docs/examples/receiver-hono.js';
import { createHandler } from '../../../../docs/examples/receiver-lambda.js';
import { createApp, DocMapController, Inbox } from '../../../../docs/examples/receiver-nest.js';
import {
  createApp as createAppWithGuard,
  DocMapController as GuardedController,
  Inbox as GuardedInbox,
} from '../../../../docs/examples/receiver-nest-guard.js';
import { createRoute } from '../../../../docs/examples/receiver-next.js';
import { freePort } from '../../../support/free-port.js';
import { EXAMPLES } from './examples.js';

/** A running example of a receiver. */
export interface RunningReceiver {
  /** The URL to register. */
  url: string;
  /** The events that it stored, with their ids, in their order of arrival. */
  kept(): Promise<[id: string, event: unknown][]>;
  stop(): Promise<unknown>;
}

/** Starts an example with the secret of its webhook. */
export type Start = (secret: string) => Promise<RunningReceiver>;
type Keep = (id: string, event: unknown) => Promise<void>;
type Listening = Pick<RunningReceiver, 'stop'> & { port: number };

/** A receiver of this process, by a function that makes it listen at a port of 127.0.0.1. */
function inProcess(listen: (secret: string, keep: Keep) => Promise<Listening>): Start {
  return async (secret) => {
    const events: [string, unknown][] = [];
    const { port, stop } = await listen(secret, async (id, event) => void events.push([id, event]));
    return { url: `http://127.0.0.1:${port}/webhooks/docmap`, kept: async () => events, stop };
  };
}

async function listening(server: Server): Promise<Listening> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { port: (server.address() as AddressInfo).port, stop };
}

/** A server that passes each request to a function, as serverless platforms do. */
function servedBy(handle: (request: IncomingMessage, body: Buffer) => Promise<number>): Promise<Listening> {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    // A platform answers 5xx when a function throws.
    response.statusCode = await handle(request, await buffer(request)).catch(() => 500);
    response.end();
  };
  return listening(createServer((request, response) => void answer(request, response)));
}

/** A class, so that Nest finds the controller's dependencies as in an application. */
function nestModule(secret: string, keep: Keep) {
  class HostModule {}
  const providers = [
    { provide: Inbox, useValue: { keep } },
    { provide: 'DOCMAP_WEBHOOK_SECRET', useValue: secret },
  ];
  Module({ controllers: [DocMapController], providers })(HostModule);
  return HostModule;
}

/** The module of the example with the guard, which reads the secret of the environment. */
function guardedModule(secret: string, keep: Keep) {
  class HostModule {}
  process.env.DOCMAP_WEBHOOK_SECRET = secret;
  Module({ controllers: [GuardedController], providers: [{ provide: GuardedInbox, useValue: { keep } }] })(HostModule);
  return HostModule;
}

/** A documented module on Fastify. */
function createOnFastify(module: Type): Promise<NestFastifyApplication> {
  return NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(), { rawBody: true });
}

async function listeningNest(app: INestApplication): Promise<Listening> {
  await app.listen(0, '127.0.0.1');
  return { port: Number(new URL(await app.getUrl()).port), stop: () => app.close() };
}

/** A handler of a web-standard `Request`: Node.js has both classes. */
function fetchHandler(handle: (request: Request) => Response | Promise<Response>): Promise<Listening> {
  return servedBy(async ({ url, headers }, body) => {
    const pairs = Object.entries(headers).map(([name, value]) => [name, String(value)] as [string, string]);
    const request = new Request(`http://localhost${url}`, {
      method: 'POST',
      headers: pairs,
      body: new Uint8Array(body),
    });
    return (await handle(request)).status;
  });
}

/** The events of AWS: version 2.0 of HTTP APIs and function URLs, version 1.0 of REST APIs. */
function lambda(version: '1.0' | '2.0', isBase64Encoded: boolean): Start {
  return inProcess((secret, keep) => {
    const handler = createHandler(secret, keep);
    return servedBy(async (request, body) => {
      const text = body.toString(isBase64Encoded ? 'base64' : 'utf8');
      const event = version === '1.0' ? restEvent(request, text) : httpEvent(request, text);
      return (await handler({ ...event, isBase64Encoded })).statusCode;
    });
  });
}

function httpEvent({ url = '', method, headers }: IncomingMessage, body: string) {
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: url,
    rawQueryString: '',
    headers: headers as Record<string, string>,
    requestContext: { http: { method, path: url, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1' }, stage: '$default' },
    body,
  };
}

/** REST APIs keep the spelling of header names, which an HTTP/2 or HTTP/1.1 client chooses: here each is capitalised. */
function restEvent({ url = '', method, headers }: IncomingMessage, body: string) {
  const capitalised = Object.entries(headers).map(([name, value]) => [
    name.replaceAll(/\b[a-z]/g, (letter) => letter.toUpperCase()),
    String(value),
  ]);
  return {
    resource: '/webhooks/docmap',
    path: url,
    httpMethod: method,
    headers: Object.fromEntries(capitalised) as Record<string, string>,
    multiValueHeaders: {},
    queryStringParameters: null,
    requestContext: { stage: 'prod', identity: { sourceIp: '192.0.2.1' } },
    body,
  };
}

export const RECEIVERS = {
  Express: inProcess((secret, keep) => listening(createServer(createExpress(secret, keep)))),
  'Express with the middleware': inProcess((secret, keep) =>
    listening(createServer(createExpressWithMiddleware(secret, keep))),
  ),
  Fastify: inProcess(async (secret, keep) => {
    const app = createFastify(secret, keep);
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    return { port: Number(new URL(url).port), stop: async () => app.close() };
  }),
  'NestJS on Express': inProcess(async (secret, keep) => {
    return listeningNest(await createApp(nestModule(secret, keep)));
  }),
  'NestJS on Fastify': inProcess(async (secret, keep) => {
    return listeningNest(await createOnFastify(nestModule(secret, keep)));
  }),
  'NestJS with the guard': inProcess(async (secret, keep) => {
    return listeningNest(await createAppWithGuard(guardedModule(secret, keep)));
  }),
  'NestJS on Fastify with the guard': inProcess(async (secret, keep) => {
    return listeningNest(await createOnFastify(guardedModule(secret, keep)));
  }),
  'Next.js': inProcess((secret, keep) => fetchHandler(createRoute(secret, keep))),
  Hono: inProcess((secret, keep) => {
    const app = createHono(secret, keep);
    return fetchHandler((request) => app.fetch(request));
  }),
  'AWS Lambda behind an HTTP API': lambda('2.0', false),
  'AWS Lambda behind an HTTP API that encodes bodies': lambda('2.0', true),
  'AWS Lambda behind a REST API': lambda('1.0', false),
} satisfies Record<string, Start>;

const KEEP = `<?php
function keep(string $id, mixed $event): void {
  file_put_contents(__DIR__ . '/kept', json_encode([$id, $event]) . "\\n", FILE_APPEND);
}`;

/** PHP's own server runs the example as a web server would. */
export async function startPhp(secret: string): Promise<RunningReceiver> {
  const directory = await mkdtemp(join(tmpdir(), 'docmap-test-php-'));
  for (const file of ['receiver.php', 'verify_by_hand.php'])
    await copyFile(join(EXAMPLES, file), join(directory, file));
  await writeFile(join(directory, 'keep.php'), KEEP);
  await writeFile(join(directory, 'kept'), '');
  const port = await freePort();
  const env = { PATH: process.env.PATH, DOCMAP_WEBHOOK_SECRET: secret };
  const child = spawn('php', ['-S', `127.0.0.1:${port}`, 'receiver.php'], { cwd: directory, env });
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => reject(new Error('PHP has ended')));
    child.stderr.on('data', (text: Buffer) => text.includes('started') && resolve());
  });
  return {
    url: `http://127.0.0.1:${port}/webhooks/docmap`,
    kept: async () => {
      const lines = (await readFile(join(directory, 'kept'), 'utf8')).split('\n').filter(Boolean);
      return lines.map((line) => JSON.parse(line) as [string, unknown]);
    },
    stop: async () => {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
      await rm(directory, { recursive: true });
    },
  };
}
