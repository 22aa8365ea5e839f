import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { eventually } from '../support/api-client.js';
import type { TestDatabase } from '../support/database.js';
import { freePort } from '../support/free-port.js';
import type { ServerProcess } from '../support/server-process.js';
import { Collector, type CollectedSpan } from './support/collector.js';
import { describeOnServer } from './support/kinds.js';
import { Stage } from './support/stage.js';

jest.setTimeout(180_000);

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';
const TRACEPARENT = `00-${TRACE}-${PARENT}-01`;
const ERROR = 2;

/** Prints the address of each module that is loaded, except those of Node.js. */
const PRINT_MODULES = `data:text/javascript,${encodeURIComponent(`
  import { register } from 'node:module';
  register('data:text/javascript,' + encodeURIComponent(\`
    export async function load(url, context, next) {
      if (!url.startsWith('node:')) process._rawDebug('loads ' + url);
      return next(url, context);
    }\`));
`)}`;

function linesOf({ output }: ServerProcess): Record<string, unknown>[] {
  return output.flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : []));
}

/** The modules that {@link PRINT_MODULES} has printed. */
function modules({ output }: ServerProcess): string[] {
  return output.flatMap((line) => /^loads (.*)/.exec(line)?.[1] ?? []);
}

describeOnServer('Tracing', () => {
  const stage = new Stage();
  let collector: Collector;
  let database: TestDatabase;

  beforeEach(async () => {
    collector = await Collector.start();
    database = await stage.database('server');
  });

  afterEach(async () => {
    await stage.clear();
    await collector.close();
  });

  it('makes one trace from the request of the producer to the last attempt, over two processes', async () => {
    const receiver = await stage.receiver((_request, response, number) => {
      response.writeHead(number === 1 ? 500 : 200).end();
    });
    const { api, ...accepting } = await stage.start(database, { ...collector.env, ROLE: 'api', LOG_LEVEL: 'debug' });
    const sending = await stage.start(database, { ...collector.env, ROLE: 'dispatcher' });
    const { webhook, secret } = await api.createWebhook(`${receiver.url}/secret-path?token=secret-query`);
    const { id: eventId } = await api.publish({}, { traceparent: TRACEPARENT, tracestate: 'vendor=internal' });
    await receiver.received(2);
    // Each process exports when it likes.
    await collector.spansWith('POST /v1/events', 1);
    const spans = (await collector.spansWith('settle', 2)).filter(({ traceId }) => traceId === TRACE);

    const byName = (name: string): CollectedSpan[] => spans.filter((span) => span.name === name);
    const [request] = byName('POST /v1/events');
    expect(request).toMatchObject({
      kind: 2,
      parentSpanId: PARENT,
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/v1/events',
        'http.response.status_code': 202,
        'user.id': 'uid_local',
        'docmap.key.id': expect.any(String),
      },
      resource: { 'service.name': 'docmap-webhooks', 'service.version': expect.any(String) },
    });
    const others = spans.filter((span) => span !== request);
    expect(others.map(({ name }) => name).sort()).toEqual(
      ['attempt', 'attempt', 'claim', 'claim', 'enqueue', 'settle', 'settle'].sort(),
    );
    expect(new Set(others.map(({ parentSpanId }) => parentSpanId))).toEqual(new Set([request!.spanId]));
    expect(byName('claim')[0]!.attributes).toEqual({ 'db.system.name': 'postgresql', 'db.operation.batch.size': 1 });

    const instances = (name: string): unknown[] => byName(name).map(({ resource }) => resource['service.instance.id']);
    const [api1] = instances('enqueue');
    expect(api1).toEqual(expect.any(String));
    expect(instances('POST /v1/events')).toEqual([api1]);
    for (const name of ['claim', 'attempt', 'settle']) expect(instances(name)).not.toContain(api1);

    const attempts = byName('attempt');
    const { hostname, port } = new URL(receiver.url);
    expect(attempts.map(({ attributes }) => attributes)).toEqual(
      [500, 200].map((status, index) => ({
        'http.request.method': 'POST',
        'http.response.status_code': status,
        'server.address': hostname,
        'server.port': Number(port),
        'user.id': 'uid_local',
        'docmap.webhook.id': webhook.id,
        'docmap.event.id': eventId,
        'docmap.event.type': 'extraction.completed',
        'docmap.delivery.id': receiver.requests[0]!.headers['webhook-id'],
        'docmap.attempt': index + 1,
        'docmap.trigger': index === 0 ? 'event' : 'retry',
        ...(status === 500 ? { 'error.type': '500' } : {}),
      })),
    );
    expect(attempts.map(({ kind, status }) => [kind, status.code === ERROR])).toEqual([
      [3, true],
      [3, false],
    ]);
    // Receivers get the span of the attempt, and nothing else of the trace.
    expect(receiver.requests.map(({ headers }) => [headers.traceparent, headers.tracestate])).toEqual(
      attempts.map(({ spanId }) => [`00-${TRACE}-${spanId}-01`, undefined]),
    );
    const exported = JSON.stringify(collector.spans);
    for (const hidden of [secret, api.key, 'secret-path', 'secret-query', 'vendor=internal']) {
      expect(exported).not.toContain(hidden);
    }

    const requestLine = linesOf({ api, ...accepting }).find(({ route }) => route === 'POST /v1/events');
    expect(requestLine).toMatchObject({
      userId: 'uid_local',
      keyId: request!.attributes['docmap.key.id'],
      traceId: TRACE,
    });
    const attemptLines = linesOf(sending).filter(({ context }) => context === 'Deliveries');
    expect(attemptLines.map(({ msg, outcome, traceId }) => [msg, outcome, traceId])).toEqual([
      ['An attempt failed', 'failed', TRACE],
      ['Delivered', 'success', TRACE],
    ]);
  });

  it('joins a trace again when a delivery is resent after a restart', async () => {
    const receiver = await stage.receiver();
    const first = await stage.start(database, collector.env);
    const { webhook } = await first.api.createWebhook(receiver.url);
    await first.api.publish({}, { traceparent: TRACEPARENT });
    const [record] = await first.api.log(1);
    await first.kill('SIGTERM');

    const { api } = await stage.start(database, collector.env);
    expect((await api.post(`/v1/webhooks/deliveries/${String(record!.id)}/resend`)).status).toBe(202);
    expect((await api.post(`/v1/webhooks/${webhook.id}/test`)).status).toBe(202);
    await receiver.received(3);
    const spans = (await collector.spansWith('settle', 3)).filter(({ name }) => name === 'attempt');
    const resent = spans.find(({ attributes }) => attributes['docmap.trigger'] === 'resend');
    expect(resent?.traceId).toBe(TRACE);
    // A request without a trace begins one.
    const request = 'POST /v1/webhooks/:id/test';
    const test = (await collector.spansWith(request, 1)).find(({ name }) => name === request);
    const tested = spans.find(({ attributes }) => attributes['docmap.trigger'] === 'test');
    expect(tested).toMatchObject({ traceId: test!.traceId, parentSpanId: test!.spanId });
    expect(test).not.toHaveProperty('parentSpanId', PARENT);
  });

  it('exports protobuf by default, also the last spans of a process that stops', async () => {
    const receiver = await stage.receiver();
    const server = await stage.start(database, collector.endpoint);
    await server.api.createWebhook(receiver.url);
    await server.api.publish();
    await receiver.received(1);
    expect(await server.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    const names = new Set(collector.requests.map(({ path, headers }) => `${path} ${headers['content-type']}`));
    expect(names).toEqual(new Set(['/v1/traces application/x-protobuf']));
    const bytes = collector.requests.map(({ body }) => body).join('');
    for (const name of ['POST /v1/events', 'enqueue', 'attempt', 'settle']) expect(bytes).toContain(name);
  });

  it('samples as OTEL_TRACES_SAMPLER says, and passes the decision on', async () => {
    const receiver = await stage.receiver();
    const { api } = await stage.start(database, { ...collector.env, OTEL_TRACES_SAMPLER: 'parentbased_always_off' });
    await api.createWebhook(receiver.url);
    await api.publish({ extractionId: 'unsampled' });
    await api.publish({ extractionId: 'sampled' }, { traceparent: TRACEPARENT });
    await receiver.received(2);
    await collector.spansWith('settle', 1);
    expect(new Set(collector.spans.map(({ traceId }) => traceId))).toEqual(new Set([TRACE]));
    const flags = receiver.requests.map(({ headers, body }) => [
      (JSON.parse(body) as { data: { id: string } }).data.id,
      String(headers.traceparent).slice(-2),
    ]);
    expect(Object.fromEntries(flags)).toEqual({ unsampled: '00', sampled: '01' });
  });

  it('delivers while the collector is away, and logs one line about lost spans', async () => {
    const receiver = await stage.receiver();
    const endpoint = `http://127.0.0.1:${await freePort()}`;
    const server = await stage.start(database, {
      ...collector.env,
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_EXPORTER_OTLP_TIMEOUT: '500',
    });
    await server.api.createWebhook(receiver.url);
    await server.api.publish();
    await receiver.received(1);
    const lost = (): Record<string, unknown>[] => linesOf(server).filter(({ context }) => context === 'Tracing');
    await eventually(async () => (lost().length > 0 ? true : undefined), 'a line about lost spans');
    await server.api.publish();
    await receiver.received(2);
    expect(await server.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(lost()).toEqual([
      expect.objectContaining({ level: 40, msg: expect.stringMatching(/^Spans may be lost: /) }),
    ]);
  });

  it('ends the span of a request whose client disconnects', async () => {
    const { url, api } = await stage.start(database, collector.env);
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.write(
      `POST /v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${api.key}\r\ncontent-type: application/json\r\n` +
        'content-length: 10\r\nexpect: 100-continue\r\n\r\n',
    );
    await once(socket, 'data');
    socket.destroy();
    const [span] = await collector.spansWith('POST /v1/events', 1);
    expect(span).toMatchObject({ attributes: { 'error.type': 'disconnected' }, status: { code: ERROR } });
  });

  it('is not loaded without its variables, and keeps the trace of the producer', async () => {
    const receiver = await stage.receiver();
    const off = await stage.start(database, {
      OTEL_SERVICE_NAME: 'webhooks',
      NODE_OPTIONS: `--import=${PRINT_MODULES}`,
    });
    expect(modules(off)).toContainEqual(expect.stringMatching(/\/dist\/bundle\/main\.js$/));
    expect(modules(off).filter((url) => /opentelemetry|tracing/.test(url))).toEqual([]);
    await off.api.createWebhook(receiver.url);
    await off.api.publish({}, { traceparent: TRACEPARENT });
    await off.api.publish({}, { traceparent: `${TRACEPARENT}-invalid` });
    await receiver.received(2);
    expect(receiver.requests.filter(({ headers }) => 'traceparent' in headers)).toEqual([]);
    await off.api.log(2);
    await off.kill('SIGTERM');
    const lines = linesOf(off).filter(({ msg }) => msg === 'Delivered');
    expect(lines.map(({ traceId }) => traceId)).toEqual(expect.arrayContaining([TRACE, undefined]));

    const on = await stage.start(database, { ...collector.env, NODE_OPTIONS: `--import=${PRINT_MODULES}` });
    expect(modules(on).filter((url) => /opentelemetry|tracing/.test(url))).toEqual([
      expect.stringMatching(/\/dist\/bundle\/tracing-sdk\.js$/),
    ]);
    // Deliveries that were stored before are in the trace of their producer.
    const [, record] = await on.api.log(2);
    await on.api.post(`/v1/webhooks/deliveries/${String(record!.id)}/resend`);
    await collector.spansWith('attempt', 1);
  });

  it('stops the start when its variables are invalid', async () => {
    const { code, output } = await stage.startInVain(database, {
      ...collector.endpoint,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_TRACES_SAMPLER: 'sometimes',
    });
    expect(code).toBe(1);
    expect(output).toEqual([
      'The configuration is not valid:',
      expect.stringContaining('OTEL_EXPORTER_OTLP_PROTOCOL must be one of http/protobuf, http/json; it is "grpc"'),
      expect.stringContaining('OTEL_TRACES_SAMPLER must be one of always_on, '),
    ]);
  });
});

describe('The bundle of the service', () => {
  it('has the API of OpenTelemetry, and not its SDK', async () => {
    const map = await readFile(new URL('../../dist/bundle/main.js.map', import.meta.url), 'utf8');
    const { sources } = JSON.parse(map) as { sources: string[] };
    const packages = new Set(sources.flatMap((source) => /@opentelemetry\/[^/]+/.exec(source)?.[0] ?? []));
    expect([...packages]).toEqual(['@opentelemetry/api']);
  });
});
