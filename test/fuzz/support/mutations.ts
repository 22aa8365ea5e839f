import * as fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { hostileText, hostileValue, INHERITED } from './hostile.js';
import type { Plan, WireRequest } from './plan.js';
import { PoolRef } from './pool.js';
import { reference, type Value } from './values.js';

/** One change that makes a request nearly as it should be. */
export interface Mutation {
  name: string;
  plan?: (plan: Plan) => Plan;
  wire?: (request: WireRequest) => WireRequest;
}

type Change<Part> = (part: Part) => Part;

function onPlan(name: string, plan: Change<Plan>): Mutation {
  return { name, plan };
}

function onWire(name: string, wire: Change<WireRequest>): Mutation {
  return { name, wire };
}

/** Every place of a value, each with a way to put something else, or nothing, there. */
function places(
  value: Value,
  put: (other: Value | undefined) => Value | undefined,
): ((other?: Value) => Value | undefined)[] {
  const own = [(other?: Value) => put(other)];
  if (value === null || typeof value !== 'object' || value instanceof PoolRef) return own;
  const entries: [string, Value][] = Object.entries(value);
  const inner = entries.flatMap(([name, item]) =>
    places(item, (other) => {
      const rest = entries.filter(([key]) => key !== name);
      const changed =
        other === undefined ? rest : entries.map(([key, old]) => [key, key === name ? other : old] as [string, Value]);
      return put(Array.isArray(value) ? changed.map(([, kept]) => kept) : Object.fromEntries(changed));
    }),
  );
  return [...own, ...inner];
}

const bodyMutations: Arbitrary<Mutation> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.tuple(fc.nat(), hostileValue).map(([place, value]) => changeBody('a value', place, value)),
  },
  { weight: 2, arbitrary: fc.nat().map((place) => changeBody('a value left out', place, undefined)) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.oneof(fc.constantFrom(...INHERITED, 'id', 'userId', 'secret', ''), fc.string()), hostileValue)
      .map(([name, value]) =>
        onPlan('a field too many', (plan) => ({ ...plan, body: withField(plan.body, name, value) })),
      ),
  },
  { weight: 1, arbitrary: hostileValue.map((body) => onPlan('another body', (plan) => ({ ...plan, body }))) },
);

function changeBody(what: string, place: number, value: Value | undefined): Mutation {
  return onPlan(`${what} in the body`, (plan) => {
    const all = places(plan.body ?? {}, (other) => other);
    return { ...plan, body: all[place % all.length]?.(value) };
  });
}

function withField(body: Value | undefined, name: string, value: Value): Value {
  // Not by a spread: a key "__proto__" has to be one's own.
  return Object.fromEntries([...Object.entries(body ?? {}), [name, value]]) as Value;
}

const textMutations: Arbitrary<Mutation> = fc.oneof(
  fc.nat().map((at) =>
    onWire(
      'a body cut off',
      onText((text) => text.slice(0, at % (text.length + 1))),
    ),
  ),
  fc
    .tuple(
      fc.nat(),
      fc.constantFrom('"', '{', '}', ']', ',', ':', '\\', '\u0000', '\n', 'NaN', '1e999', '/**/', '\ufeff', '\\ud800'),
    )
    .map(([at, part]) =>
      onWire(
        'a sign in the body',
        onText((text) => text.slice(0, at % (text.length + 1)) + part + text.slice(at % (text.length + 1))),
      ),
    ),
  fc.tuple(fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 8 })).map(([at, bytes]) =>
    onWire('bytes in the body', (request) => {
      const body = request.body ?? Buffer.from('{}');
      const index = at % (body.length + 1);
      return { ...request, body: Buffer.concat([body.subarray(0, index), bytes, body.subarray(index)]) };
    }),
  ),
  fc
    .constantFrom(
      '',
      ' ',
      '[]',
      'null',
      '1',
      '"text"',
      '{"a":1,"a":2}',
      '{"__proto__":{}}',
      '['.repeat(10_000),
      '\ufeff{}',
    )
    .map((text) =>
      onWire(
        'a text as the body',
        onText(() => text),
      ),
    ),
  fc
    .uint8Array()
    .map((bytes) => onWire('random bytes as the body', (request) => ({ ...request, body: Buffer.from(bytes) }))),
  // Only declared: what is too large is refused before it is read.
  fc.constant(onWire('a body over the limit', withHeader('content-length', String(5 * 1_048_576 + 1)))),
  fc
    .constantFrom(
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/json; charset=latin1',
      'application/vnd.api+json',
      'json',
      '',
      'application/json, text/plain',
      ';',
      'application/json;;=',
    )
    .map((type) =>
      onWire(`the content type "${type}"`, (request) =>
        withHeader('content-type', type)({ ...request, body: request.body ?? Buffer.from('{}') }),
      ),
    ),
  fc.constant(
    onWire('no content type', (request) => ({
      ...request,
      headers: request.headers.filter(([name]) => name !== 'content-type'),
    })),
  ),
);

function onText(change: Change<string>): Change<WireRequest> {
  return (request) => {
    const changed = { ...request, body: Buffer.from(change(request.body?.toString() ?? '{}')) };
    return request.body === undefined ? withHeader('content-type', 'application/json')(changed) : changed;
  };
}

function withHeader(name: string, value: string): Change<WireRequest> {
  return (request) => ({
    ...request,
    headers: [...request.headers.filter(([key]) => key !== name), [name, value]],
  });
}

const pathMutations: Arbitrary<Mutation> = fc.oneof(
  fc.tuple(fc.nat(), hostileText).map(([at, text]) => changeId('a wrong id', at, text)),
  fc
    .tuple(fc.nat(), fc.constantFrom('Webhook', 'Delivery', 'Event', 'ApiKey', 'Recovery'), fc.boolean())
    .chain(([at, kind, foreign]) => reference(kind, foreign).map((id) => changeId('an id of something else', at, id))),
  fc
    .constantFrom(
      '%zz',
      '%',
      '%c3%28',
      '%00',
      '%2e%2e',
      '..',
      '.',
      '',
      '%2F',
      ';',
      'a'.repeat(15_000),
      '*',
      '%ff',
      '\u00ff',
    )
    .map((part) =>
      onWire('a wrong path', (request) => ({
        ...request,
        target: request.target.replace(/[^/?]*(?=\?|$)/, () => part),
      })),
    ),
  fc
    .constantFrom('/', '//', '/x', '#', '?', '/%20')
    .map((part) =>
      onWire('a longer path', (request) => ({ ...request, target: request.target.replace(/(?=\?|$)/, () => part) })),
    ),
  fc
    .constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'SEARCH')
    .map((method) => onWire('another method', (request) => ({ ...request, method }))),
);

function changeId(name: string, at: number, id: Value): Mutation {
  return onPlan(name, (plan) => {
    const names = Object.keys(plan.path);
    return names.length === 0 ? plan : { ...plan, path: { ...plan.path, [names[at % names.length] ?? '']: id } };
  });
}

const queryMutations: Arbitrary<Mutation> = fc.oneof(
  fc.tuple(fc.nat(), fc.oneof(hostileText, reference('Webhook', true))).map(([at, value]) =>
    onPlan('a wrong query value', (plan) => {
      const names = plan.operation.parameters.flatMap((parameter) =>
        parameter.in === 'query' ? [parameter.name] : [],
      );
      const name = names[at % Math.max(1, names.length)] ?? 'x';
      return { ...plan, query: [...plan.query.filter(([key]) => key !== name), [name, value]] };
    }),
  ),
  fc.nat().map((at) =>
    onPlan('a query value given twice', (plan) => {
      const twice = plan.query[at % Math.max(1, plan.query.length)];
      return twice ? { ...plan, query: [...plan.query, twice] } : plan;
    }),
  ),
  fc
    .tuple(fc.oneof(fc.constantFrom(...INHERITED, 'limit[]', 'limit[a]', 'a.b', ''), fc.string()), hostileText)
    .map(([name, value]) =>
      onPlan('a query value too many', (plan) => ({ ...plan, query: [...plan.query, [name, value]] })),
    ),
  fc
    .constantFrom(
      '?',
      '&&==&',
      '%zz=1',
      'limit',
      'limit=%',
      'a&'.repeat(2_000),
      '=',
      '%00=%00',
      'active=true&active=all',
    )
    .map((text) =>
      onWire('a broken query', (request) => ({
        ...request,
        target: `${request.target}${request.target.includes('?') ? '&' : '?'}${text}`,
      })),
    ),
);

/** What a header may hold (RFC 9110, section 5.5). */
export const headerValue: Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '0',
    '-1',
    ',',
    '"',
    'close',
    'gzip, chunked',
    'bytes=0-1',
    '*',
    'a'.repeat(256),
    'a'.repeat(8_000),
    '\u00ff',
  ),
  fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) }),
  fc.string({ unit: fc.integer({ min: 0x80, max: 0xff }).map((code) => String.fromCharCode(code)) }),
);

/** Names of headers that servers act on, and others; without those that frame the body. */
export const headerName: Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    'accept',
    'accept-encoding',
    'accept-language',
    'if-none-match',
    'if-match',
    'range',
    'x-request-id',
    'x-http-method-override',
    'x-forwarded-for',
    'x-forwarded-host',
    'forwarded',
    'origin',
    'cookie',
    'expect',
    'te',
    'via',
    'content-encoding',
    'host',
    'idempotency-key',
    'authorization',
    'traceparent',
    'accept-version',
    'access-control-request-method',
    'http2-settings',
  ),
  fc.stringMatching(/^[a-z0-9!#$%&'*+.^_`|~-]{1,20}$/).filter((name) => !FRAMING.has(name)),
);

const FRAMING = new Set(['content-length', 'transfer-encoding', 'connection', 'upgrade', 'trailer', 'keep-alive']);

const headerMutations: Arbitrary<Mutation> = fc.oneof(
  fc
    .tuple(headerName, headerValue)
    .map(([name, value]) =>
      onWire(`a header ${name}`, (request) => ({ ...request, headers: [...request.headers, [name, value]] })),
    ),
  fc.nat().map((at) =>
    onWire('a header given twice', (request) => {
      const twice = request.headers[at % Math.max(1, request.headers.length)];
      return twice ? { ...request, headers: [...request.headers, twice] } : request;
    }),
  ),
  fc
    .oneof(hostileText, fc.constantFrom('again', 'and again'))
    .map((key) => onPlan('an odd Idempotency-Key', (plan) => ({ ...plan, headers: [['idempotency-key', key]] }))),
  fc
    .oneof(
      fc.constant(null),
      reference('Secret', true),
      fc
        .constantFrom(
          'Bearer',
          'Bearer ',
          'Basic YTpi',
          `Bearer dm_live_${'0'.repeat(64)}`,
          'Bearer dm_live_x',
          'Bearer a b',
          '',
        )
        .map((raw) => ({ raw })),
      headerValue.map((raw) => ({ raw })),
    )
    .map((token) => onPlan('other credentials', (plan) => ({ ...plan, token }))),
);

/** One change to a request. */
export const mutations: Arbitrary<Mutation> = fc.oneof(
  { weight: 4, arbitrary: bodyMutations },
  { weight: 3, arbitrary: textMutations },
  { weight: 3, arbitrary: pathMutations },
  { weight: 3, arbitrary: queryMutations },
  { weight: 3, arbitrary: headerMutations },
);
